"""llm.v1.Diagnostics: one call that tells its caller which transport it came by.

The service is described here instead of in generated code; its messages are
google.protobuf.Struct, so that server reflection has all that a client such as grpcurl needs.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2

SERVICE = "llm.v1.Diagnostics"
METHOD = f"/{SERVICE}/Echo"


def describe() -> None:
    """Make the service known to this process, for server reflection."""
    struct_pb2.Struct()  # its file is in the pool once the module is imported
    file = descriptor_pb2.FileDescriptorProto(
        name="llm/v1/diagnostics.proto",
        package="llm.v1",
        syntax="proto3",
        dependency=["google/protobuf/struct.proto"],
    )
    service = file.service.add(name="Diagnostics")
    service.method.add(
        name="Echo",
        input_type=".google.protobuf.Struct",
        output_type=".google.protobuf.Struct",
    )
    descriptor_pool.Default().Add(file)
