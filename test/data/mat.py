"""Writes MATLAB files as scipy does, for the reader's tests: python mat.py <folder>."""
import sys

import numpy as np
from scipy.io import loadmat, savemat

folder = sys.argv[1]


def images(count):
    """Every byte depends on its row, column, channel and image, so that no two axes can be mixed up."""
    row, column, channel, image = np.ogrid[:32, :32, :3, :count]
    return ((row * 3 + column * 50 + channel * 85 + image * 11) & 255).astype(np.uint8)


def labels(count, kind=np.uint8):
    return (np.arange(count) % 10 + 1).astype(kind).reshape(-1, 1)


def write(name, compress=True, **variables):
    savemat(f'{folder}/{name}.mat', variables, do_compression=compress)


write('train_32x32', X=images(30), y=labels(30))
write('test_32x32', X=images(12), y=labels(12, np.float64))
write('plain', compress=False, X=images(30), y=labels(30, np.float64))
write('labels_first', y=labels(30, np.int32), other=np.eye(3), text='a name', cells=np.array([1, 'x'], object), X=images(30))
write('one', X=images(1)[..., 0], y=labels(1))
write('other_names', images=images(3), y=labels(3))
write('floats', X=images(3).astype(float), y=labels(3))
write('full_numbers', X=images(3)[:28], y=labels(3))
write('few_labels', X=images(3), y=labels(2))
write('label_eleven', X=images(3), y=np.array([[1], [11], [2]], np.uint8))
write('label_zero', X=images(3), y=np.array([[1], [0], [2]], np.uint8))
write('nothing')


# The other byte order: the same elements, by hand, as the format's description has them.
def element(kind, payload):
    pad = -len(payload) % 8
    return np.array([kind, len(payload)], '>u4').tobytes() + payload + b'\0' * pad


def matrix(name, klass, kind, dtype, array):
    return element(14, element(6, np.array([klass, 0], '>u4').tobytes())
        + element(5, np.array(array.shape, '>i4').tobytes())
        + element(1, name.encode())
        + element(kind, array.astype(dtype).tobytes(order='F')))


with open(f'{folder}/big_endian.mat', 'wb') as file:
    file.write(b'MATLAB 5.0 MAT-file, big'.ljust(124) + b'\x01\x00MI')
    file.write(matrix('X', 9, 2, '>u1', images(30)))
    file.write(matrix('y', 6, 9, '>f8', labels(30)))
loaded = loadmat(f'{folder}/big_endian.mat')
assert (loaded['X'] == images(30)).all() and (loaded['y'] == labels(30)).all()
