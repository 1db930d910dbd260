package dev.counterfoil.guard;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.guard.ForwardedRequest.OwnLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What Envoy asks over gRPC (envoy.service.auth.v3.CheckRequest) and is answered (CheckResponse),
 * field by field: the few that a decision needs, of messages whose classes have megabytes. Other
 * fields are passed over.
 *
 * @param service the service, from the context extension {@value #SERVICE} of Envoy's own
 *     configuration; empty where it names none
 * @param line the client's own method, path with query, and host
 * @param headers the client's headers by names in small letters, as Envoy writes them; it joins
 *     those that stand twice with a comma, which no token and no proof has
 */
record EnvoyCheck(String service, OwnLine line, Map<String, String> headers) {
  /** The context extension that names the service. */
  static final String SERVICE = "counterfoil-service";

  /** Fields of the messages, by path. */
  private static final int ATTRIBUTES = 1;

  private static final int ATTRIBUTES_REQUEST = 4;
  private static final int ATTRIBUTES_EXTENSIONS = 10;
  private static final int REQUEST_HTTP = 2;
  private static final int HTTP_METHOD = 2;
  private static final int HTTP_HEADERS = 3;
  private static final int HTTP_PATH = 4;
  private static final int HTTP_HOST = 5;
  private static final int ENTRY_KEY = 1;
  private static final int ENTRY_VALUE = 2;

  /** Envoy's own limit is 100 unless it is told another. */
  private static final int HEADERS_MAX = 1000;

  private static final int RESPONSE_STATUS = 1;
  private static final int RESPONSE_DENIED = 2;
  private static final int RESPONSE_OK = 3;
  private static final int STATUS_CODE = 1;
  private static final int DENIED_STATUS = 1;
  private static final int DENIED_BODY = 3;
  private static final int ANSWER_HEADERS = 2;
  private static final int OK_RESPONSE_HEADERS = 6;
  private static final int OPTION_HEADER = 1;
  private static final int OPTION_APPEND = 2;

  EnvoyCheck {
    headers = Map.copyOf(headers);
  }

  /** Every value of a header. */
  List<String> values(String name) {
    String value = headers.get(name.toLowerCase(Locale.ROOT));
    return value == null ? List.of() : List.of(value);
  }

  /**
   * Reads a CheckRequest.
   *
   * @throws FormatException when it is none
   */
  static EnvoyCheck parse(byte[] bytes) throws FormatException {
    Reader reader = new Reader(CodedInputStream.newInstance(bytes));
    try {
      reader.fields(number -> number == ATTRIBUTES && reader.message(reader::attributes));
    } catch (InvalidProtocolBufferException e) {
      throw new FormatException("this is no CheckRequest", e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
    return new EnvoyCheck(
        reader.extensions.getOrDefault(SERVICE, ""),
        new OwnLine(
            reader.line.getOrDefault(HTTP_METHOD, ""),
            reader.line.getOrDefault(HTTP_PATH, ""),
            reader.line.getOrDefault(HTTP_HOST, "")),
        reader.headers);
  }

  /** One that nobody asked for: for what is refused before it is read. */
  static EnvoyCheck none() {
    return new EnvoyCheck("", new OwnLine("", "", ""), Map.of());
  }

  /** Takes a field with a length, or says that it is none that is used here. */
  @FunctionalInterface
  private interface Field {
    boolean read(int number) throws IOException, FormatException;
  }

  private static final class Reader {
    private final CodedInputStream in;
    private final Map<Integer, String> line = new HashMap<>();
    private final Map<String, String> headers = new HashMap<>();
    private final Map<String, String> extensions = new HashMap<>();

    Reader(CodedInputStream in) {
      this.in = in;
    }

    boolean attributes(int number) throws IOException, FormatException {
      return switch (number) {
        case ATTRIBUTES_REQUEST -> message(this::request);
        case ATTRIBUTES_EXTENSIONS -> entry(extensions);
        default -> false;
      };
    }

    private boolean request(int number) throws IOException, FormatException {
      return number == REQUEST_HTTP && message(this::http);
    }

    private boolean http(int number) throws IOException, FormatException {
      return switch (number) {
        case HTTP_METHOD, HTTP_PATH, HTTP_HOST -> once(line, number, in.readStringRequireUtf8());
        case HTTP_HEADERS -> entry(headers);
        default -> false;
      };
    }

    private boolean entry(Map<String, String> into) throws IOException, FormatException {
      Map<Integer, String> entry = new HashMap<>();
      message(
          number ->
              (number == ENTRY_KEY || number == ENTRY_VALUE)
                  && once(entry, number, in.readStringRequireUtf8()));
      if (into.size() >= HEADERS_MAX) {
        throw new FormatException("there are more than " + HEADERS_MAX + " headers");
      }
      return once(into, entry.getOrDefault(ENTRY_KEY, ""), entry.getOrDefault(ENTRY_VALUE, ""));
    }

    private static <K> boolean once(Map<K, String> into, K key, String value)
        throws FormatException {
      if (into.putIfAbsent(key, value) != null) {
        // Readers differ in which of two they take.
        throw new FormatException("a field that stands once stands twice");
      }
      return true;
    }

    boolean message(Field field) throws IOException, FormatException {
      int before = in.pushLimit(in.readRawVarint32());
      fields(field);
      in.checkLastTagWas(0);
      in.popLimit(before);
      return true;
    }

    /** Reads fields to the end of a message. */
    void fields(Field field) throws IOException, FormatException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int type = WireFormat.getTagWireType(tag);
        boolean taken =
            type == WireFormat.WIRETYPE_LENGTH_DELIMITED
                && field.read(WireFormat.getTagFieldNumber(tag));
        // Envoy's messages have no groups, which nest without a bound.
        if (!taken && (type == WireFormat.WIRETYPE_START_GROUP || !in.skipField(tag))) {
          throw new FormatException("this is no CheckRequest");
        }
      }
    }
  }

  /** A CheckResponse that says what an answer over HTTP says. */
  static byte[] response(GuardAnswer answer) {
    boolean passed = answer.result().equals(GuardAnswer.PASSED);
    return message(
        out -> {
          out.writeByteArray(
              RESPONSE_STATUS, message(status -> status.writeInt32(STATUS_CODE, code(answer))));
          out.writeByteArray(
              passed ? RESPONSE_OK : RESPONSE_DENIED, message(http -> http(http, answer, passed)));
        });
  }

  private static void http(CodedOutputStream out, GuardAnswer answer, boolean passed)
      throws IOException {
    if (!passed) {
      out.writeByteArray(
          DENIED_STATUS, message(status -> status.writeEnum(STATUS_CODE, answer.status())));
      out.writeString(DENIED_BODY, answer.text());
    }
    for (Map.Entry<String, String> header : answer.headers().entrySet()) {
      // The next nonce is for the client, whatever the answer is (RFC 9449 8.2).
      boolean isForClient = passed && header.getKey().equals(GuardAnswer.NONCE);
      out.writeByteArray(
          isForClient ? OK_RESPONSE_HEADERS : ANSWER_HEADERS,
          message(
              option -> {
                option.writeByteArray(
                    OPTION_HEADER,
                    message(
                        pair -> {
                          pair.writeString(ENTRY_KEY, header.getKey());
                          pair.writeString(ENTRY_VALUE, header.getValue());
                        }));
                // An empty BoolValue is false: in place of what the client sent, and never beside
                // it. Every release of Envoy understands it so; append_action only the newer ones.
                option.writeByteArray(OPTION_APPEND, new byte[0]);
              }));
    }
  }

  /** google.rpc.Code; Envoy asks only whether it is 0, and people read it. */
  private static int code(GuardAnswer answer) {
    return switch (answer.status()) {
      case 200 -> 0;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 5;
      case 503 -> 14;
      default -> 13;
    };
  }

  @FunctionalInterface
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }
}
