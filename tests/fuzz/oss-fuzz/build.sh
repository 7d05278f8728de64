#!/usr/bin/env bash
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: into $OUT, each with its seeds, dictionary and
# options, with the compilers, flags and engine of the environment ($CC $CXX $CFLAGS $CXXFLAGS $LIB_FUZZING_ENGINE).
#   OUT=FOLDER tests/fuzz/oss-fuzz/build.sh [TARGET...]     all targets where none is named
# What is not set is what the preset `fuzz` uses: clang 19, libFuzzer, address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../../.."
: "${OUT:?the folder to write to}"
export CC=${CC:-clang-19} CXX=${CXX:-clang++-19}
sanitizers="-O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
export CFLAGS=${CFLAGS:-$sanitizers} CXXFLAGS=${CXXFLAGS:-$sanitizers}
export LIB_FUZZING_ENGINE=${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}
work=${WORK:-build-oss-fuzz}
fuzz=tests/fuzz
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^esim_fuzz(\([a-z0-9_]*\) .*/\1/p' $fuzz/CMakeLists.txt)

# Libraries that the machine which runs the targets may not have lie beside them.
cmake -S . -B "$work" -G Ninja -DESIMBENCH_FUZZ=ON -DCMAKE_BUILD_TYPE=None "-DESIMBENCH_FUZZING_ENGINE=$LIB_FUZZING_ENGINE" \
  -DCMAKE_BUILD_RPATH='$ORIGIN/lib' -DCMAKE_BUILD_WITH_INSTALL_RPATH=OFF >/dev/null
cmake --build "$work" --target "${targets[@]/#/fuzz_}"

mkdir -p "$OUT/lib"
for name in "${targets[@]}"; do
  program=fuzz_$name
  cp "$work/tests/fuzz/$program" "$OUT/$program"
  ldd "$OUT/$program" | awk '$3 ~ /^\// && $3 !~ /lib(c|m|dl|rt|pthread)\.so/ {print $3}' | xargs -r -I{} cp -nL {} "$OUT/lib/"
  cp "$fuzz/options/$name.options" "$OUT/$program.options"
  [ ! -f "$fuzz/dict/$name.dict" ] || cp "$fuzz/dict/$name.dict" "$OUT/$program.dict"
  /usr/bin/env python3 - "$fuzz/corpus/$name" "$OUT/${program}_seed_corpus.zip" <<'PYTHON'
import pathlib, sys, zipfile
folder, archive = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
    for seed in sorted(folder.iterdir()) if folder.is_dir() else []:
        out.write(seed, seed.name)
PYTHON
done
ls "$OUT"
