#!/usr/bin/env bash
# Unpacks llama.cpp's server from Debian's newest suite, with the libraries that it wants, into a folder beside the system,
# and prints the path of a program that runs it there: LLAMA_SERVER=$(test/kit/fetch-llama-server.sh FOLDER).
# Nothing is installed. The mirror is the one that this machine's apt uses.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial" "$folder/root"
: > "$folder/state/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$folder/sources.list"
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$folder/state" \
    -o Dir::State::status="$folder/state/status" -o Dir::Cache="$folder/cache" -o APT::Install-Recommends=false \
    -o APT::Sandbox::User=root "$@" >&2
}
apt update
apt install -y --download-only llama.cpp-tools
for package in "$folder"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
loader=$(find "$folder/root" -name 'ld-linux*.so.*' | head -n 1)
libraries=$(dirname "$(find "$folder/root" -name 'libllama.so.*' | head -n 1)")
backends=$(dirname "$(find "$folder/root" -name 'libggml-cpu*.so' | head -n 1)")
cat > "$folder/llama-server" <<RUN
#!/bin/sh
# The backends are looked for in the folder where it is started; paths of arguments are absolute.
cd "$backends"
exec "$loader" --library-path "$libraries:$libraries/llama" "$folder/root/usr/bin/llama-server" "\$@"
RUN
chmod +x "$folder/llama-server"
"$folder/llama-server" --version >&2
echo "$folder/llama-server"
