package dev.counterfoil.authority.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of an {@code application/x-www-form-urlencoded} body, read strictly: no parameter
 * twice (RFC 6749 3.2), but for those that may be (RFC 8707 2, RFC 8693 2.1); valid UTF-8, no
 * control characters. A parameter without a value counts as left out (RFC 6749 3.2).
 */
public final class Form {
  /** Longest body accepted, in bytes. */
  public static final int BYTES_MAX = 32 * 1024;

  /** Most parameters of a body. */
  public static final int PARAMETERS_MAX = 64;

  private static final Set<String> REPEATABLE = Set.of("resource", "audience");

  private final Map<String, List<String>> parameters;

  private Form(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /** Reads the parameters of a query or of a text that was made of one. */
  public static Form query(String query) throws RequestRefusedException {
    if (query.length() > BYTES_MAX || !query.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw refused("the query is too long, or holds what has to be encoded");
    }
    return parse(query.getBytes(StandardCharsets.US_ASCII));
  }

  /** Every parameter with its values, in their order. */
  public Map<String, List<String>> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Reads a body. */
  static Form parse(byte[] body) throws RequestRefusedException {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    int count = 0;
    int start = 0;
    while (start < body.length) {
      int end = start;
      int equals = -1;
      while (end < body.length && body[end] != '&') {
        if (body[end] == '=' && equals < 0) {
          equals = end;
        }
        end++;
      }
      if (++count > PARAMETERS_MAX) {
        throw refused("more than " + PARAMETERS_MAX + " parameters");
      }
      String name = decode(body, start, equals < 0 ? end : equals);
      if (name.isEmpty()) {
        throw refused("a parameter has no name");
      }
      String value = equals < 0 ? "" : decode(body, equals + 1, end);
      @Nullable List<String> values = parameters.get(name);
      if (values == null) {
        values = new ArrayList<>(1);
        parameters.put(name, values);
      } else if (!REPEATABLE.contains(name)) {
        throw refused("a parameter stands twice");
      }
      values.add(value);
      start = end + 1;
    }
    return new Form(parameters);
  }

  /** The value of a parameter; empty when it is left out or has none. */
  public Optional<String> value(String name) {
    @Nullable List<String> values = parameters.get(name);
    return values == null || values.getFirst().isEmpty()
        ? Optional.empty()
        : Optional.of(values.getFirst());
  }

  /** Whether a parameter has a value. */
  public boolean says(String name, String value) {
    @Nullable List<String> values = parameters.get(name);
    return values != null && values.getFirst().equals(value);
  }

  /** Every value of a parameter that may be repeated, without empty ones. */
  public List<String> values(String name) {
    @Nullable List<String> values = parameters.get(name);
    return values == null ? List.of() : values.stream().filter(v -> !v.isEmpty()).toList();
  }

  /** Decodes one name or value: the percent and plus encoding of the WHATWG URL standard, 5.1. */
  static String decode(byte[] source, int from, int to) throws RequestRefusedException {
    byte[] decoded = new byte[to - from];
    int length = 0;
    boolean ascii = true;
    for (int i = from; i < to; i++) {
      int b = source[i];
      if (b == '+') {
        b = ' ';
      } else if (b == '%') {
        int high = i + 2 < to ? Character.digit(source[i + 1], 16) : -1;
        int low = i + 2 < to ? Character.digit(source[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw refused("a percent sign is not followed by two hexadecimal digits");
        }
        b = (byte) ((high << 4) | low);
        i += 2;
      }
      if ((b >= 0 && b < 0x20) || b == 0x7f) {
        throw refused("a parameter holds a control character");
      }
      ascii &= b >= 0;
      decoded[length++] = (byte) b;
    }
    if (ascii) {
      return new String(decoded, 0, length, StandardCharsets.US_ASCII);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(decoded, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw refused("a parameter is not UTF-8");
    }
  }

  private static RequestRefusedException refused(String description) {
    return new RequestRefusedException(OAuthError.invalidRequest(description));
  }
}
