#!/usr/bin/env bash
# Makes the images for the test cluster, without an engine: the courier, and the components with their environment.
#   make-images.sh CLUSTER_FOLDER ENVIRONMENT_FOLDER WORK_FOLDER
# Prints COURIER_IMAGE=... and COMPONENTS_IMAGE=.... The same content is the same image; what is there is not made again.
set -euo pipefail
cluster=$1 environment=$2 work=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$work"
say() { echo "# $*" >&2; }

courier=$work/courier
mkdir -p "$courier"
(cd "$root/deploy/courier" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$courier/courier" .)
echo "COURIER_IMAGE=$("$cluster/image" localhost/autodidact-courier:test "$courier" --entrypoint /courier --user 65532 | tail -1)"

# The environment's layer takes minutes: its image is remembered by what went into it.
code=$(cd "$root/deploy" && find components base-models/*/model image/run -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
key=$(sha256sum "$root/deploy/components/environment/requirements.lock" | cut -c1-16)-$code
have=$(/var/lib/test-cluster/bin/ctr --address /var/lib/test-cluster/run/containerd.sock -n k8s.io image ls -q)
if [ -f "$work/components-$key" ] && [[ $have == *"$(cut -d@ -f2 "$work/components-$key")"* ]]; then
  echo "COMPONENTS_IMAGE=$(cat "$work/components-$key")"
  exit 0
fi
system=$work/system
if [ ! -x "$system/usr/bin/python3.11" ]; then
  say 'a root file system with Python 3.11 (debootstrap)'
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >&2
  rm -rf "$system"
  debootstrap --variant=minbase --include=python3 bookworm "$system" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log" >&2; exit 1; }
  rm -rf "$system"/var/cache/apt/* "$system"/var/lib/apt/lists/* "$system"/usr/share/doc/* "$system"/usr/share/locale/*
fi
say 'the components with their environment (some minutes, once)'
rm -rf "$work/environment" "$work/code"
mkdir -p "$work/environment/opt/environment" "$work/code/opt/autodidact" "$work/code/opt/base-models"
cp -al "$environment"/lib/python3.*/site-packages "$work/environment/opt/environment/site-packages" 2>/dev/null ||
  cp -a "$environment"/lib/python3.*/site-packages "$work/environment/opt/environment/site-packages"
cp -a "$environment/vision" "$work/environment/opt/environment/vision"
cp -a "$root/deploy/components" "$work/code/opt/autodidact/components"
cp -a "$root/deploy/image/run" "$work/code/opt/autodidact/run"
cp -a "$root"/deploy/base-models/* "$work/code/opt/base-models/"
find "$work/code" -name __pycache__ -prune -exec rm -rf {} +
image=$("$cluster/image" localhost/autodidact-components:test "$system" "$work/environment" "$work/code" --entrypoint /opt/autodidact/run --user 65532 | tail -1)
rm -rf "$work/environment" "$work/code"
echo "$image" >"$work/components-$key"
echo "COMPONENTS_IMAGE=$image"
