#!/usr/bin/env bash
# The first process of a test host, inside its new namespaces: makes the host's own mounts, says
# "ready", collects orphans (bash does), and lives until its standard input ends. When it ends, the
# kernel ends all else in the host; so a host cannot outlive the test process, which holds that pipe.
#
#   host-init.sh NAME FOLDER REPOSITORY MEMORY_BYTES DISK_BYTES
#
# FOLDER/etc holds what is laid over files of /etc; FOLDER and REPOSITORY are the file system that
# all hosts share, at the paths they have outside.
set -euo pipefail
name=$1 folder=$2 repository=$3 memory_bytes=$4 disk_bytes=$5

echo "$name" >/proc/sys/kernel/hostname
ip link set lo up
mount -t tmpfs -o "mode=1777,size=$memory_bytes" tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd

own_tmp=$folder/$name/tmp
mkdir -p "$own_tmp"
mount -t tmpfs -o "mode=1777,size=$disk_bytes" tmpfs "$own_tmp"
for shared in "$folder" "$repository"; do
  if [[ $shared == /tmp/* ]]; then
    mkdir -p "$own_tmp/${shared#/tmp/}"
    mount --bind "$shared" "$own_tmp/${shared#/tmp/}"
  fi
done
mount --move "$own_tmp" /tmp

(cd "$folder/etc" && find . -type f) | while read -r file; do
  mount --bind "$folder/etc/$file" "/etc/$file"
done

echo ready
read -r _
