"""Unpacks parts of a wheel.

    extract-wheel.py WHEEL                        prints the wheel's METADATA
    extract-wheel.py WHEEL [REGEXP FOLDER]...     unpacks members

A member whose name begins with a match of REGEXP goes into FOLDER, under the rest of its name; its
hash must be the one of the wheel's RECORD. Prints a line of JSON for each. Standard library only.
"""

import base64
import csv
import hashlib
import io
import json
import os
import re
import sys
import zipfile


def main(path, *pairs):
    with zipfile.ZipFile(path) as wheel:
        info = next(n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", n))
        if not pairs:
            print(wheel.read(info.replace("RECORD", "METADATA")).decode())
            return
        rows = csv.reader(io.StringIO(wheel.read(info).decode()))
        recorded = {row[0]: row[1] for row in rows if len(row) > 1}
        for pattern, folder in zip(pairs[0::2], pairs[1::2]):
            for name in wheel.namelist():
                match = re.match(pattern, name)
                if match and not name.endswith("/"):
                    unpack(wheel, name, recorded.get(name, ""), pattern, folder, name[match.end():])


def unpack(wheel, name, recorded, pattern, folder, rest):
    target = os.path.join(folder, rest)
    if ".." in rest.split("/") or os.path.isabs(rest):
        sys.exit(f"expected a member inside the wheel, got {name}")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with wheel.open(name) as source, open(target, "wb") as sink:
        while block := source.read(1 << 20):
            digest.update(block)
            sink.write(block)
            size += len(block)
    if wheel.getinfo(name).external_attr >> 16 & 0o100:
        os.chmod(target, 0o755)
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    if recorded != f"sha256={encoded}":
        sys.exit(f"expected {name} to have {recorded or 'a hash in RECORD'}, got sha256={encoded}")
    line = {"pattern": pattern, "path": target, "bytes": size, "sha256": digest.hexdigest()}
    print(json.dumps(line))


main(*sys.argv[1:])
