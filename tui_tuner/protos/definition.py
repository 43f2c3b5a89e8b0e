"""Builds message classes from a short description, without a compiler's output.

A description has one line for each field: `number type name`, where the type may be preceded by `repeated` or
`one of GROUP`, or be `map TYPE` (from strings).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

Fields = str
Enums = Mapping[str, Sequence[str]]

PACKAGE = "keras_tuner"

_POOL = descriptor_pool.DescriptorPool()
"""Our own: the installed `keras_tuner`, if there is one, has messages of the same names in the default one."""

_Type = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "float": _Type.TYPE_FLOAT,
    "double": _Type.TYPE_DOUBLE,
    "int64": _Type.TYPE_INT64,
    "sint64": _Type.TYPE_SINT64,
    "bool": _Type.TYPE_BOOL,
    "string": _Type.TYPE_STRING,
}


def define(file: str, messages: Mapping[str, Fields], enums: Enums, imports: Sequence[str] = ()) -> dict[str, Any]:
    """The message classes and enums of a file, by name, with the enums' values beside them.

    Args:
        file: Its name in KerasTuner, by which other files import it.
        messages: The fields of each message by its name; `Outer.Inner` for a message within another one.
        enums: The names of each enum's values, from 0.
        imports: Names of files that were defined before.
    """
    proto = descriptor_pb2.FileDescriptorProto(name=file, package=PACKAGE, syntax="proto3", dependency=imports)
    for name, values in enums.items():
        enum = proto.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    made: dict[str, descriptor_pb2.DescriptorProto] = {}
    for name, fields in messages.items():
        outer, _, own = name.rpartition(".")
        message = made[outer].nested_type.add(name=own) if outer else proto.message_type.add(name=own)
        made[name] = message
        for line in filter(None, map(str.strip, fields.splitlines())):
            _add_field(message, name, line.split(), frozenset(enums))
    described = _POOL.Add(proto) or _POOL.FindFileByName(file)
    found: dict[str, Any] = {"DESCRIPTOR": described}
    for name, enum_descriptor in described.enum_types_by_name.items():
        found[name] = EnumTypeWrapper(enum_descriptor)
        found.update((value.name, value.number) for value in enum_descriptor.values)
    for name, descriptor in described.message_types_by_name.items():
        found[name] = message_factory.GetMessageClass(descriptor)
    return found


def _add_field(
    message: descriptor_pb2.DescriptorProto, full_name: str, words: Sequence[str], enums: frozenset[str]
) -> None:
    number, *kind, name = words
    field = message.field.add(name=name, number=int(number), label=_Type.LABEL_OPTIONAL)
    if kind[0] == "map":
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        _add_field(entry, f"{full_name}.{entry.name}", ("1", "string", "key"), enums)
        _add_field(entry, f"{full_name}.{entry.name}", ("2", kind[1], "value"), enums)
        field.label = _Type.LABEL_REPEATED
        _set_type(field, f"{full_name}.{entry.name}", enums)
        return
    if kind[0] == "repeated":
        field.label = _Type.LABEL_REPEATED
    elif kind[0] == "one":
        groups = [group.name for group in message.oneof_decl]
        if kind[2] not in groups:
            message.oneof_decl.add(name=kind[2])
            groups.append(kind[2])
        field.oneof_index = groups.index(kind[2])
    _set_type(field, kind[-1], enums)


def _set_type(field: descriptor_pb2.FieldDescriptorProto, kind: str, enums: frozenset[str]) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
        return
    field.type = _Type.TYPE_ENUM if kind in enums else _Type.TYPE_MESSAGE
    field.type_name = f".{PACKAGE}.{kind}"
