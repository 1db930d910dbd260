"""Asks a guard as Envoy does, with the gRPC of Debian and Envoy's own messages.

envoy.py DESCRIPTORS PORT: one question a line in JSON comes in, one answer a line goes out.
"""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

pool = descriptor_pool.DescriptorPool()
with open(sys.argv[1], "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(proto)


def message(name):
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


CheckRequest = message("envoy.service.auth.v3.CheckRequest")
CheckResponse = message("envoy.service.auth.v3.CheckResponse")


def headers(options):
    # A header beside the client's own would not be the guard's word.
    assert all(option.HasField("append") and not option.append.value for option in options)
    return {option.header.key: option.header.value for option in options}


def answered(response):
    if response.WhichOneof("http_response") == "ok_response":
        ok = response.ok_response
        return {
            "code": response.status.code,
            "status": 200,
            "headers": headers(ok.headers),
            "client": headers(ok.response_headers_to_add),
        }
    denied = response.denied_response
    return {"code": response.status.code, "status": denied.status.code, "headers": headers(denied.headers)}


channel = grpc.insecure_channel("127.0.0.1:" + sys.argv[2])
for line in sys.stdin:
    question = json.loads(line)
    method = question.get("rpc", "/envoy.service.auth.v3.Authorization/Check")
    if "raw" in question:
        data = bytes.fromhex(question["raw"])
    else:
        data = json_format.ParseDict(question["check"], CheckRequest()).SerializeToString()
    try:
        call = channel.unary_unary(method)
        got = call(data, timeout=question.get("timeout", 10))
        said = {"raw": got.hex()} if "raw" in question else answered(CheckResponse.FromString(got))
    except grpc.RpcError as error:
        said = {"error": error.code().name}
    print(json.dumps(said), flush=True)
