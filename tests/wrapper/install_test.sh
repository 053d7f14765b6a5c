#!/bin/sh
# What `./sdlrun` has built in CLONE is installed, and the installed program runs where the clone cannot be seen.
# usage: install_test.sh CLONE [--remove]    --remove: it is a copy, and goes; else it is hidden
set -eu

clone=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(sed -n 's/^project(sdlrun VERSION \([0-9.]*\).*/\1/p' "$clone/CMakeLists.txt")

# expect_version COMMAND...: it says the version that CMakeLists.txt has, and nothing else goes wrong.
expect_version() {
  output=$("$@") || { echo "$*: exit code $?"; exit 1; }
  case $output in
    *"$version"*) ;;
    *) echo "$* says: $output; CMakeLists.txt has $version" && exit 1 ;;
  esac
}

expect_version "$clone/sdlrun" --version
cmake --install "$clone/build/release" --prefix "$folder/system" > "$folder/install.log" ||
  { cat "$folder/install.log" && exit 1; }
for file in bash-completion/completions/sdlrun zsh/site-functions/_sdlrun fish/vendor_completions.d/sdlrun.fish; do
  [ -s "$folder/system/share/$file" ] || { echo "not installed: share/$file" && exit 1; }
done

cd /
if [ "${2-}" = --remove ]; then
  rm -r "$clone"
  expect_version "$folder/system/bin/sdlrun" --version
  exit
fi
unshare --map-root-user --mount true 2> /dev/null || { echo 'skipped: nothing can be hidden here, as unshare is refused'; exit 77; }
expect_version unshare --map-root-user --mount sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$clone" "$folder/system/bin/sdlrun" --version
