#!/usr/bin/env bash
# JShell with ict-hp on its class path. Build first: mvn -B -DskipTests -pl examples -am package
#   examples/jshell/start.sh                                  an empty shell, imports done
#   examples/jshell/start.sh examples/jshell/scoring.jsh      a notebook
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
classes=${ICT_HP_CLASS_PATH:-$here/../target/ict-hp.jar}
exec "${JAVA_HOME:+$JAVA_HOME/bin/}jshell" --class-path "$classes" \
    -R-Dai.djl.offline=true -R-DOPT_OUT_TRACKING=true -R-Djava.awt.headless=true \
    --startup DEFAULT --startup "$here/imports.jsh" "$@"
