#!/bin/sh
# What `./sdlrun` has built in CLONE is installed, and the installed program runs where the clone cannot be seen.
# usage: install_test.sh CLONE
set -eu

clone=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(sed -n 's/^project(sdlrun VERSION \([0-9.]*\).*/\1/p' "$clone/CMakeLists.txt")

cmake --install "$clone/build/release" --prefix "$folder/system" > "$folder/install.log" ||
  { cat "$folder/install.log" && exit 1; }
for file in bash-completion/completions/sdlrun zsh/site-functions/_sdlrun fish/vendor_completions.d/sdlrun.fish; do
  [ -s "$folder/system/share/$file" ] || { echo "not installed: share/$file" && exit 1; }
done

cd /
hide=
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null && hide=1
output=$(${hide:+unshare -m sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$clone"} "$folder/system/bin/sdlrun" --version)
case $output in
  *"$version"*) ;;
  *) echo "the installed program says: $output; CMakeLists.txt has $version" && exit 1 ;;
esac
