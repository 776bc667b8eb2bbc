#!/bin/sh
# Writes clip.mov beside this file: six seconds of QuickTime, H.264 and AAC, its index (moov) at the end as an export
# leaves it. Needs ffmpeg with libx264 and drawtext, and the font DejaVu Sans (Debian: ffmpeg, fonts-dejavu-core).
set -eu
cd "$(dirname "$0")"

sans="font='DejaVu Sans':fontcolor=white"
mono="font='DejaVu Sans Mono':fontcolor=0xd8e6f0"
dot() { printf "drawbox=x='mod(t*160+%d\,720)-40':y=205:w=26:h=8:color=%s:t=fill" "$1" "$2"; }

ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i "gradients=size=640x360:rate=24:duration=6:c0=0x10243e:c1=0x14506b:c2=0x3a2a5e:nb_colors=3:x0=0:y0=0:x1=640:y1=360:speed=0.02:seed=3" \
  -f lavfi -i "aevalsrc='0.08*sin(2*PI*t*(220+55*floor(mod(t*2\,5))))*exp(-3*mod(t\,0.5))':s=48000:d=6" \
  -vf "drawbox=x=0:y=208:w=640:h=2:color=white@0.25:t=fill,\
$(dot 0 0x5bd1c2),$(dot 180 0x7fb2ff),$(dot 360 0xc59bff),$(dot 540 0xffc27a),\
drawtext=text='PostFlow':${sans}:fontsize=72:x=(w-text_w)/2:y=96,\
drawtext=text='SQ01  UNDLM_00003  v001':${mono}:fontsize=20:x=(w-text_w)/2:y=240,\
drawtext=timecode='01\:00\:00\:00':rate=24:${mono}:fontsize=26:x=(w-text_w)/2:y=290,\
drawbox=x=0:y=352:w='640*t/6':h=8:color=0x5bd1c2:t=fill,format=yuv420p" \
  -c:v libx264 -preset veryslow -crf 15 -profile:v high -g 48 -bf 2 -c:a aac -b:a 64k -ac 1 \
  -timecode 01:00:00:00 -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
  clip.mov
