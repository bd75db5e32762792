# realign-sweep on a CPU. With a GPU: --build-arg TORCH_INDEX=https://pypi.org/simple takes PyPI's CUDA build of torch.
#   docker build -t realign-sweep .
#   docker run --rm --shm-size=2g -v "$PWD:/work" realign-sweep run quickstart
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /opt/realign-sweep
COPY pyproject.toml setup.py README.md LICENSE MANIFEST.in constraints.txt ./
COPY search_spaces ./search_spaces
COPY trainables ./trainables
COPY sweep ./sweep
RUN python -m pip install --no-cache-dir --disable-pip-version-check \
      -c constraints.txt --extra-index-url "${TORCH_INDEX}" '.[packaged]'

# Sweeps are written below /work/mlruns, which the user mounts; nobody needs to be root for that.
RUN useradd --create-home realign
USER realign
WORKDIR /work
ENTRYPOINT ["realign-sweep"]
CMD ["--help"]
