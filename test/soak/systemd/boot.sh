#!/bin/sh
# boot.sh FOLDER CGROUP FILES: systemd as the first process of a machine that has the files below FILES and keeps no change to them. Run
# in mount and network namespaces of its own, with a tmpfs at FOLDER. Its process id, as this machine counts, is the one line said.
set -e
folder=$1
cgroup=$2
files=$3

if [ "$$" != 1 ]; then
  mkdir -p "$folder/cgroup" "$folder/upper" "$folder/work" "$folder/root"
  mount -t cgroup2 cgroup2 "$folder/cgroup"
  mkdir "$folder/cgroup/$cgroup"
  echo $$ >"$folder/cgroup/$cgroup/cgroup.procs"
  exec unshare --cgroup --ipc --mount --pid --uts --fork --kill-child sh "$0" "$folder" "$cgroup" "$files"
fi

# /proc is still the one of the namespace outside.
read -r pid rest </proc/self/stat
echo "$pid"
cd "$folder"
mount -t overlay overlay -o lowerdir="$files",upperdir="$folder/upper",workdir="$folder/work" root
cd root
# What is enabled here is not wanted there.
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires etc/rc?.d
: >etc/fstab
mount -t proc proc proc
# Settings of the kernel are not only that machine's.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
  : >dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p outside
pivot_root . outside
cd /
umount -l /outside
rmdir /outside
exec env -i container=soak PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=multi-user.target --show-status=no --log-level=warning </dev/null
