"""`make chaos`: what the system is put through, and the proof that nothing came of it.

Each scenario is a story in one module; `checks` says what is wrong afterwards. Most run in virtual time on storage in
memory, those about processes on the real ones. Short forms of all of them are in `tests/trials`.
"""
