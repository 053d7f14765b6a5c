#!/bin/sh
# A clean Release build by ./sdlrun in a copy of the sources, warnings as errors; then what it built is installed.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
root=$here/../..
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/clone"
cd "$root"
cp -r sdlrun setup CMakeLists.txt CMakePresets.json dsl engine stages cli pipelines "$folder/clone"
CXXFLAGS=-Werror && export CXXFLAGS
sh "$here/install_test.sh" "$folder/clone" --remove
