# The Debian packages that sdlrun needs, and how the missing ones are installed. Read by ./sdlrun, tests/run and
# .ci/run; docs/dependencies.md says what each is for.
#
# One line a package: its name, then files or commands (without a slash) any of which shows that it is there. Looking
# for these instead of asking dpkg costs nothing, and takes a compiler or a Java that came another way.

packages_to_build='
g++                     g++
cmake                   cmake
ninja-build             ninja
tao-pegtl-dev           /usr/include/tao/pegtl.hpp
libtbb-dev              /usr/include/oneapi/tbb.h
libyaml-cpp-dev         /usr/include/yaml-cpp/yaml.h
libspdlog-dev           /usr/include/spdlog/spdlog.h
libexpected-dev         /usr/include/tl/expected.hpp
libre2-dev              /usr/include/re2/re2.h
pkg-config              pkg-config
libcli11-dev            /usr/include/CLI/CLI.hpp
nlohmann-json3-dev      /usr/include/nlohmann/json.hpp
libssl-dev              /usr/include/openssl/ssl.h
libsqlite3-dev          /usr/include/sqlite3.h
libcurl4-openssl-dev    /usr/include/*/curl/curl.h /usr/include/curl/curl.h
zlib1g-dev              /usr/include/zlib.h
'

packages_to_run='
ca-certificates         /etc/ssl/certs/ca-certificates.crt
python3-venv            /usr/lib/python3*/ensurepip
openjdk-17-jre-headless java /usr/lib/jvm/*/bin/java
'

packages_to_test='
doctest-dev             /usr/include/doctest/doctest.h
git                     git
python3                 python3
util-linux              flock
nginx                   /usr/sbin/nginx
faketime                faketime
docker-registry         docker-registry
skopeo                  skopeo
docker.io               /usr/sbin/dockerd dockerd
iptables                /usr/sbin/iptables iptables
podman                  podman
buildah                 buildah
containerd              containerd
runc                    /usr/sbin/runc runc
containernetworking-plugins /usr/lib/cni/ptp
iproute2                ip /usr/sbin/ip
openssl                 openssl
busybox-static          /usr/share/doc/busybox-static
debootstrap             /usr/sbin/debootstrap debootstrap
docker-compose          docker-compose /usr/*/docker/cli-plugins/docker-compose
chromium                chromium
xz-utils                xz
'

# missing_packages TABLE: the packages of a table that are not there, into $missing.
missing_packages() {
  missing=
  while read -r package signs; do
    for sign in $signs; do
      case $sign in
        /*) [ -e "$sign" ] && continue 2 ;;
        *) command -v "$sign" > /dev/null 2>&1 && continue 2 ;;
      esac
    done
    missing="$missing${package:+ $package}"
  done << END_OF_TABLE
$1
END_OF_TABLE
}

# What stands before a command that needs root, into $as_root; fails with the reason in $problem.
find_root() {
  as_root=
  [ "$(id -u)" = 0 ] && return
  as_root='sudo -n'
  command -v sudo > /dev/null || { problem='installing needs root, and there is no sudo here' && return 1; }
  sudo -n true 2> /dev/null && return
  as_root=sudo
  [ -t 0 ] && [ -t 2 ] && return
  problem='installing needs root, and sudo wants a password that nobody is here to type' && return 1
}

apt_get() {
  $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@" < /dev/null >> "$apt_log" 2>&1
}

# install_packages LOG PACKAGE...: installs them, taking fresh package lists where there are none or where they are
# too old. Fails with the reason in $problem and what to do in $advice.
install_packages() {
  apt_log=$1
  shift
  advice="as root: apt-get update && apt-get install $*"
  if ! command -v apt-get > /dev/null; then
    problem='this is neither Debian nor Ubuntu: there is no apt-get'
    advice="install what your system calls $*, then run the same command again"
    return 1
  fi
  find_root || return 1
  : > "$apt_log" || { problem="$apt_log cannot be written" && return 1; }
  set -- install --no-install-recommends "$@"
  [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2> /dev/null)" ] && apt_get "$@" && return
  apt_get update && apt_get "$@" && return
  problem='apt-get failed'
  if grep -qE 'resolv|Could not connect|unreachable|timed out' "$apt_log"; then
    problem="the package servers cannot be reached: is there a network?"
  fi
  return 1
}
