package dev.counterfoil.audit.intake;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * OTLP's log records in protobuf (opentelemetry-proto, logs/v1): the members that an event is made
 * of, as {@link OtlpLogs} has them in JSON. Read field by field, so that what a body of some
 * megabytes becomes in memory is bounded; other fields are passed over.
 */
final class OtlpProtobuf {
  /** Most records of a request. */
  static final int RECORDS_MAX = AuditLog.LINES_MAX;

  /** Most attributes of a record or resource: OpenTelemetry's own default. */
  static final int ATTRIBUTES_MAX = 128;

  /** Most resources, and scopes in all. */
  private static final int GROUPS_MAX = 1000;

  private static final int RESOURCE_LOGS = 1;
  private static final int RESOURCE = 1;
  private static final int SCOPE_LOGS = 2;
  private static final int LOG_RECORDS = 2;
  private static final int RESOURCE_ATTRIBUTES = 1;
  private static final int TIME = 1;
  private static final int SEVERITY = 2;
  private static final int BODY = 5;
  private static final int ATTRIBUTES = 6;
  private static final int OBSERVED_TIME = 11;
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int TEXT = 1;
  private static final int NUMBER = 3;

  private final CodedInputStream in;
  private int groups;
  private int records;

  private OtlpProtobuf(byte[] bytes) {
    this.in = CodedInputStream.newInstance(bytes);
  }

  /** Takes a field. */
  @FunctionalInterface
  private interface Field {
    /**
     * Reads one.
     *
     * @return false when it is none that is used here
     */
    boolean read(int number, int type) throws IOException, FormatException;
  }

  /**
   * Reads an ExportLogsServiceRequest.
   *
   * @throws FormatException when it is none, or has more than is taken
   */
  static JsonObject request(byte[] bytes) throws FormatException {
    OtlpProtobuf reader = new OtlpProtobuf(bytes);
    List<JsonObject> resources = new ArrayList<>();
    try {
      reader.fields(
          (number, type) ->
              isMessage(number == RESOURCE_LOGS, type)
                  && resources.add(reader.message(reader::resourceLogs)));
    } catch (InvalidProtocolBufferException e) {
      throw new FormatException("the body is no ExportLogsServiceRequest in protobuf", e);
    } catch (IllegalArgumentException e) {
      throw new FormatException("a field that stands once stands twice", e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
    return JsonObject.builder().put("resourceLogs", resources).build();
  }

  private static boolean isMessage(boolean isIt, int type) {
    return isIt && type == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  /** Reads fields to the end of a message. */
  private void fields(Field field) throws IOException, FormatException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int type = WireFormat.getTagWireType(tag);
      // OTLP has no groups, and they nest without a bound.
      if (type == WireFormat.WIRETYPE_START_GROUP
          || (!field.read(WireFormat.getTagFieldNumber(tag), type) && !in.skipField(tag))) {
        throw new FormatException("the body is no ExportLogsServiceRequest in protobuf");
      }
    }
  }

  /** Reads a message. */
  @FunctionalInterface
  private interface Message {
    JsonObject read() throws IOException, FormatException;
  }

  private JsonObject message(Message message) throws IOException, FormatException {
    int before = in.pushLimit(in.readRawVarint32());
    JsonObject read = message.read();
    in.checkLastTagWas(0);
    in.popLimit(before);
    return read;
  }

  private static int counted(int count, int most, String what) throws FormatException {
    if (count > most) {
      throw new FormatException("more than " + most + " " + what);
    }
    return count;
  }

  private JsonObject resourceLogs() throws IOException, FormatException {
    groups = counted(groups + 1, GROUPS_MAX, "resources and scopes");
    JsonObject.Builder json = JsonObject.builder();
    List<JsonObject> scopes = new ArrayList<>();
    List<JsonObject> about = new ArrayList<>();
    fields(
        (number, type) -> {
          if (isMessage(number == RESOURCE, type)) {
            about.add(message(this::resource));
            return true;
          }
          return isMessage(number == SCOPE_LOGS, type) && scopes.add(message(this::scopeLogs));
        });
    counted(about.size(), 1, "resource");
    if (!about.isEmpty()) {
      json.put("resource", about.getFirst());
    }
    return json.put("scopeLogs", scopes).build();
  }

  private JsonObject resource() throws IOException, FormatException {
    List<JsonObject> attributes = new ArrayList<>();
    fields(
        (number, type) -> isMessage(number == RESOURCE_ATTRIBUTES, type) && attribute(attributes));
    return JsonObject.builder().put("attributes", attributes).build();
  }

  private boolean attribute(List<JsonObject> into) throws IOException, FormatException {
    counted(into.size() + 1, ATTRIBUTES_MAX, "attributes");
    return into.add(message(this::keyValue));
  }

  private JsonObject scopeLogs() throws IOException, FormatException {
    groups = counted(groups + 1, GROUPS_MAX, "resources and scopes");
    List<JsonObject> list = new ArrayList<>();
    fields(
        (number, type) -> {
          if (!isMessage(number == LOG_RECORDS, type)) {
            return false;
          }
          records = counted(records + 1, RECORDS_MAX, "log records");
          return list.add(message(this::logRecord));
        });
    return JsonObject.builder().put("logRecords", list).build();
  }

  private JsonObject logRecord() throws IOException, FormatException {
    JsonObject.Builder json = JsonObject.builder();
    List<JsonObject> attributes = new ArrayList<>();
    fields(
        (number, type) -> {
          switch (number) {
            case TIME, OBSERVED_TIME -> {
              if (type != WireFormat.WIRETYPE_FIXED64) {
                return false;
              }
              json.put(
                  number == TIME ? "timeUnixNano" : "observedTimeUnixNano",
                  Long.toUnsignedString(in.readFixed64()));
            }
            case SEVERITY -> {
              if (type != WireFormat.WIRETYPE_VARINT) {
                return false;
              }
              json.put("severityNumber", Math.max(0, in.readEnum()));
            }
            case BODY -> {
              if (!isMessage(true, type)) {
                return false;
              }
              json.put("body", message(this::anyValue));
            }
            case ATTRIBUTES -> {
              return isMessage(true, type) && attribute(attributes);
            }
            default -> {
              return false;
            }
          }
          return true;
        });
    return json.put("attributes", attributes).build();
  }

  private JsonObject keyValue() throws IOException, FormatException {
    JsonObject.Builder json = JsonObject.builder();
    fields(
        (number, type) -> {
          if (isMessage(number == KEY, type)) {
            json.put("key", in.readStringRequireUtf8());
            return true;
          }
          if (isMessage(number == VALUE, type)) {
            json.put("value", message(this::anyValue));
            return true;
          }
          return false;
        });
    return json.build();
  }

  /** Texts and whole numbers, which are all that is used. */
  private JsonObject anyValue() throws IOException, FormatException {
    JsonObject.Builder json = JsonObject.builder();
    fields(
        (number, type) -> {
          if (isMessage(number == TEXT, type)) {
            json.put("stringValue", in.readStringRequireUtf8());
            return true;
          }
          if (number == NUMBER && type == WireFormat.WIRETYPE_VARINT) {
            json.put("intValue", Long.toString(in.readInt64()));
            return true;
          }
          return false;
        });
    return json.build();
  }

  /**
   * An ExportLogsServiceResponse.
   *
   * @param rejected records that were not taken; 0 for a whole success
   */
  static byte[] response(long rejected, String why) {
    if (rejected == 0) {
      return new byte[0];
    }
    try {
      ByteArrayOutputStream partial = new ByteArrayOutputStream();
      CodedOutputStream inner = CodedOutputStream.newInstance(partial);
      inner.writeInt64(1, rejected);
      inner.writeString(2, why);
      inner.flush();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream outer = CodedOutputStream.newInstance(bytes);
      outer.writeByteArray(1, partial.toByteArray());
      outer.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }
}
