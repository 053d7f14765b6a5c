#!/bin/sh
# A clean Release build by ./sdlrun in a copy of the sources, warnings as errors; then what it built is installed, and
# the installed program runs without the sources.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(sed -n 's/^project(sdlrun VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")

# expect_version PROGRAM: it says the version that CMakeLists.txt has, and nothing else goes wrong.
expect_version() {
  output=$("$1" --version) || { echo "$1 --version: exit code $?"; exit 1; }
  case $output in
    *"$version"*) ;;
    *) echo "$1 --version says: $output; CMakeLists.txt has $version" && exit 1 ;;
  esac
}

mkdir "$folder/clone"
cd "$root"
cp -r sdlrun setup CMakeLists.txt CMakePresets.json dsl engine stages cli pipelines "$folder/clone"
CXXFLAGS=-Werror && export CXXFLAGS
expect_version "$folder/clone/sdlrun"

cmake --install "$folder/clone/build/release" --prefix "$folder/system" > "$folder/install.log" ||
  { cat "$folder/install.log" && exit 1; }
rm -r "$folder/clone"
cd /
expect_version "$folder/system/bin/sdlrun"
for file in bash-completion/completions/sdlrun zsh/site-functions/_sdlrun fish/vendor_completions.d/sdlrun.fish; do
  [ -s "$folder/system/share/$file" ] || { echo "not installed: share/$file" && exit 1; }
done
