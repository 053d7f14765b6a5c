#!/bin/sh
# Builds oneTBB under ThreadSanitizer into build/tsan-onetbb, for the preset tsan: Debian's library is not instrumented, so
# that what its threads hand to each other would be reported as races by the hundred. The source is Debian's own, of the
# version that is installed; its signature is checked by apt. Half a minute; does nothing where it is there already.
set -eu
. setup/packages.sh

folder=$PWD/build/tsan-onetbb
version=$(dpkg-query -W -f '${Version}' libtbb-dev)
[ "$(cat "$folder/version" 2> /dev/null)" = "$version" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder/lists/partial"

# The same mirrors as the packages come from, in a list of its own: the system's is left as it is.
apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' | sort -u > "$folder/sources.list"
apt_sources() {
  apt-get -q -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$folder/lists" -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=2 "$@"
}
apt_sources update
(cd "$folder" && apt_sources source --download-only "onetbb=$version")
mkdir "$folder/source"
tar -xf "$folder"/onetbb_*.orig.tar.* -C "$folder/source" --strip-components 1
cmake -S "$folder/source" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTBB_SANITIZE=thread -DTBB_TEST=OFF \
  -DTBBMALLOC_BUILD=OFF -DTBB_STRICT=OFF -DCMAKE_INSTALL_PREFIX="$folder/installed"
cmake --build "$folder/build" --target install -- --quiet
rm -rf "$folder/build" "$folder/source" "$folder/lists"
printf '%s' "$version" > "$folder/version"
