#!/bin/sh
# Runs a program below a root that is nobody's to write, as a container has it: it sees the folders that are named, and the system's own to read.
#
#   unshare --user --map-root-user --mount pod-root.sh ROOT [FROM TO]... -- PROGRAM [ARGUMENT]...
set -eu
root=$1
shift
# Not exported: the program has the environment that it is given.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs none "$root"
for folder in /bin /lib /lib64 /usr /dev /proc; do
  if [ -L "$folder" ]; then
    ln -s "$(readlink "$folder")" "$root$folder"
  elif [ -d "$folder" ]; then
    mkdir "$root$folder"
    mount --rbind "$folder" "$root$folder"
  fi
done
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --rbind "$1" "$root$2"
  shift 2
done
shift
mount -o remount,ro "$root"
exec chroot "$root" "$@"
