#!/bin/sh
# docs/stages.md is what `sdlrun docs` writes: check_stages.sh PROGRAM
"$1" docs | diff docs/stages.md - && exit
echo "docs/stages.md is not what the schemas say; bring it up to date: '$1' docs > docs/stages.md"
exit 1
