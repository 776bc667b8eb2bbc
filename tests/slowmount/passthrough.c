// A folder, shown at another place through FUSE, that answers as late, as wrongly or as little as it is told.
//
//   passthrough BACKING MOUNT_POINT CONTROL IS_DIRECT CACHE_S
//
// CONTROL is a file that is mapped into memory, so that whoever writes into it is obeyed at once; its layout stands in
// mounting.py, too. IS_DIRECT: reads pass the kernel's page cache by. CACHE_S: for how long the kernel may believe what
// it was told of names, sizes and dates; with 0 a write from behind is seen at the next look.

#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum kind { STAT, LIST, OPEN, READ, CLOSE, KINDS };
enum state { ANSWERS, HANGS, FAILS };

struct gate {
    _Atomic uint64_t delay_us, state, count;
};

struct control {
    struct gate gates[KINDS];
    char only[4096]; // part of the paths that hang or fail; empty: all
};

static struct control *control;
static int root;
static int is_direct;
static double cache_s;

static const char *below(const char *path) { return path[1] ? path + 1 : "."; }

static int done(int result) { return result < 0 ? -errno : 0; }

static int pass(enum kind kind, const char *path) {
    struct gate *gate = &control->gates[kind];
    atomic_fetch_add(&gate->count, 1);
    if (gate->delay_us)
        usleep(gate->delay_us);
    while (gate->state == HANGS && strstr(path, control->only))
        usleep(2000);
    return gate->state == FAILS && strstr(path, control->only) ? -EIO : 0;
}

static void *begin(struct fuse_conn_info *connection, struct fuse_config *config) {
    connection->want &= ~(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
    config->use_ino = 1;
    config->hard_remove = 1;
    config->entry_timeout = config->attr_timeout = cache_s;
    config->negative_timeout = 0;
    return NULL;
}

static int get_attributes(const char *path, struct stat *into, struct fuse_file_info *file) {
    (void)file;
    int refused = pass(STAT, path);
    return refused ? refused : done(fstatat(root, below(path), into, AT_SYMLINK_NOFOLLOW));
}

static int read_link(const char *path, char *into, size_t size) {
    ssize_t length = readlinkat(root, below(path), into, size - 1);
    if (length < 0)
        return -errno;
    into[length] = 0;
    return 0;
}

static int list(const char *path, void *into, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
                enum fuse_readdir_flags flags) {
    (void)offset, (void)file, (void)flags;
    int refused = pass(LIST, path);
    if (refused)
        return refused;
    int folder = openat(root, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = folder < 0 ? NULL : fdopendir(folder);
    if (!entries)
        return -errno;
    for (struct dirent *entry; (entry = readdir(entries));) {
        struct stat kind = {.st_ino = entry->d_ino, .st_mode = DTTOIF(entry->d_type)};
        if (fill(into, entry->d_name, &kind, 0, 0))
            break;
    }
    closedir(entries);
    return 0;
}

static int keep(int descriptor, struct fuse_file_info *file) {
    if (descriptor < 0)
        return -errno;
    file->fh = descriptor;
    file->direct_io = is_direct;
    return 0;
}

static int open_file(const char *path, struct fuse_file_info *file) {
    int refused = pass(OPEN, path);
    return refused ? refused : keep(openat(root, below(path), file->flags | O_CLOEXEC), file);
}

static int create_file(const char *path, mode_t mode, struct fuse_file_info *file) {
    return keep(openat(root, below(path), file->flags | O_CREAT | O_CLOEXEC, mode), file);
}

static int read_file(const char *path, char *into, size_t size, off_t offset, struct fuse_file_info *file) {
    int refused = pass(READ, path);
    if (refused)
        return refused;
    ssize_t length = pread(file->fh, into, size, offset);
    return length < 0 ? -errno : length;
}

static int write_file(const char *path, const char *from, size_t size, off_t offset, struct fuse_file_info *file) {
    (void)path;
    ssize_t length = pwrite(file->fh, from, size, offset);
    return length < 0 ? -errno : length;
}

// What a close waits for; the release that follows, nobody does.
static int flush_file(const char *path, struct fuse_file_info *file) {
    (void)file;
    return pass(CLOSE, path);
}

static int close_file(const char *path, struct fuse_file_info *file) {
    (void)path;
    return done(close(file->fh));
}

static int sync_file(const char *path, int only_data, struct fuse_file_info *file) {
    (void)path;
    return done(only_data ? fdatasync(file->fh) : fsync(file->fh));
}

static int make_folder(const char *path, mode_t mode) { return done(mkdirat(root, below(path), mode)); }
static int make_node(const char *path, mode_t mode, dev_t device) {
    return done(mknodat(root, below(path), mode, device));
}
static int remove_file(const char *path) { return done(unlinkat(root, below(path), 0)); }
static int remove_folder(const char *path) { return done(unlinkat(root, below(path), AT_REMOVEDIR)); }
static int link_to(const char *target, const char *path) { return done(symlinkat(target, root, below(path))); }
static int rename_to(const char *from, const char *to, unsigned flags) {
    return done(renameat2(root, below(from), root, below(to), flags));
}
static int change_mode(const char *path, mode_t mode, struct fuse_file_info *file) {
    (void)file;
    return done(fchmodat(root, below(path), mode, 0));
}
static int change_owner(const char *path, uid_t user, gid_t group, struct fuse_file_info *file) {
    (void)file;
    return done(fchownat(root, below(path), user, group, AT_SYMLINK_NOFOLLOW));
}
static int change_dates(const char *path, const struct timespec dates[2], struct fuse_file_info *file) {
    (void)file;
    return done(utimensat(root, below(path), dates, AT_SYMLINK_NOFOLLOW));
}

static int change_size(const char *path, off_t size, struct fuse_file_info *file) {
    if (file)
        return done(ftruncate(file->fh, size));
    int descriptor = openat(root, below(path), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -errno;
    int result = done(ftruncate(descriptor, size));
    close(descriptor);
    return result;
}

static int volume_facts(const char *path, struct statvfs *into) {
    (void)path;
    return done(fstatvfs(root, into));
}

static const struct fuse_operations OPERATIONS = {
    .init = begin,
    .getattr = get_attributes,
    .readlink = read_link,
    .readdir = list,
    .open = open_file,
    .create = create_file,
    .read = read_file,
    .write = write_file,
    .flush = flush_file,
    .release = close_file,
    .fsync = sync_file,
    .mkdir = make_folder,
    .mknod = make_node,
    .unlink = remove_file,
    .rmdir = remove_folder,
    .symlink = link_to,
    .rename = rename_to,
    .chmod = change_mode,
    .chown = change_owner,
    .utimens = change_dates,
    .truncate = change_size,
    .statfs = volume_facts,
};

static struct control *mapped(const char *path) {
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    void *place = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    return place == MAP_FAILED ? NULL : place;
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "passthrough BACKING MOUNT_POINT CONTROL IS_DIRECT CACHE_S\n");
        return 2;
    }
    root = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    control = mapped(words[3]);
    is_direct = atoi(words[4]);
    cache_s = atof(words[5]);
    if (root < 0 || !control) {
        perror(root < 0 ? words[1] : words[3]);
        return 1;
    }
    umask(0);
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    const char *given[] = {words[0], "-f", "-ofsname=slowmount,subtype=slowmount", words[2]};
    for (size_t number = 0; number < sizeof given / sizeof *given; number++)
        fuse_opt_add_arg(&arguments, given[number]);
#if FUSE_VERSION >= 312
    // A read that hangs keeps a thread, and the kernel reads ahead; the others must not wait for that.
    fuse_opt_add_arg(&arguments, "-omax_threads=128");
#endif
    return fuse_main(arguments.argc, arguments.argv, &OPERATIONS, NULL);
}
