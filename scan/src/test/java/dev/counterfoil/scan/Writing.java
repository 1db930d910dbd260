package dev.counterfoil.scan;

import dev.counterfoil.scan.key.Curves;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Every way in which a test writes a number. */
final class Writing {
  private Writing() {}

  /** Orders of bytes, by the name that reports use. */
  static Map<String, UnaryOperator<byte[]>> layouts() {
    return Map.of(
        "big-endian", UnaryOperator.identity(),
        "little-endian", Curves::reversed,
        "java-int-array", Writing::words);
  }

  static byte[] words(byte[] number) {
    byte[] words = new byte[number.length];
    for (int i = 0; i < number.length; i++) {
      words[i ^ 3] = number[i];
    }
    return words;
  }

  /** Texts, by a name of the test's own. */
  static Map<String, UnaryOperator<byte[]>> encodings() {
    Map<String, UnaryOperator<byte[]>> encodings = new LinkedHashMap<>();
    encodings.put("as it is", UnaryOperator.identity());
    for (int shift = 0; shift < 3; shift++) {
      int before = shift;
      encodings.put("base64 +" + shift, b -> Base64.getEncoder().encode(shifted(b, before)));
      encodings.put(
          "base64url +" + shift,
          b -> Base64.getUrlEncoder().withoutPadding().encode(shifted(b, before)));
      encodings.put(
          "base64 in lines +" + shift,
          b -> Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(shifted(b, before)));
      encodings.put(
          "base64 in lines of 76, CR LF +" + shift,
          b -> Base64.getMimeEncoder().encode(shifted(b, before)));
      encodings.put(
          "base64 in short, indented lines +" + shift,
          b -> bytes(lines(20, shifted(b, before)).replace("\n", "\n  ")));
      encodings.put(
          "base64 in a JSON string +" + shift,
          b -> bytes("{\"key\":\"" + lines(64, shifted(b, before)).replace("\n", "\\n") + "\"}"));
    }
    encodings.put("hex", b -> bytes(HexFormat.of().formatHex(b)));
    encodings.put("HEX", b -> bytes(HexFormat.of().withUpperCase().formatHex(b)));
    encodings.put("hex, odd", b -> bytes("f" + HexFormat.of().formatHex(b)));
    encodings.put("hex with colons", b -> bytes(HexFormat.ofDelimiter(":").formatHex(b)));
    encodings.put(
        "hex in lines, as openssl",
        b -> bytes(HexFormat.ofDelimiter(":").formatHex(b).replaceAll("(.{45})", "    $1\n")));
    encodings.put("hex with spaces", b -> bytes(HexFormat.ofDelimiter(" ").formatHex(b)));
    encodings.put("hex, C", b -> bytes(HexFormat.ofDelimiter(", ").withPrefix("0x").formatHex(b)));
    encodings.put("decimal", b -> bytes(new BigInteger(1, b).toString()));
    encodings.put("list of bytes", b -> bytes(Arrays.toString(b)));
    encodings.put("JSON list of bytes", Writing::unsignedList);
    encodings.put(
        "UTF-16LE hex", b -> HexFormat.of().formatHex(b).getBytes(StandardCharsets.UTF_16LE));
    encodings.put(
        "UTF-16BE base64",
        b -> Base64.getEncoder().encodeToString(b).getBytes(StandardCharsets.UTF_16BE));
    encodings.put(
        "UTF-32LE base64",
        b -> Base64.getEncoder().encodeToString(b).getBytes(Charset.forName("UTF-32LE")));
    encodings.put(
        "UTF-32BE hex", b -> HexFormat.of().formatHex(b).getBytes(Charset.forName("UTF-32BE")));
    encodings.put(
        "base64 in JSON, escaped line ends and slashes",
        b -> bytes(lines(64, b).replace("\n", "\\u000a").replace("/", "\\u002F")));
    encodings.put(
        "base64 in JSON, every slash escaped", b -> bytes(lines(76, b).replace("/", "\\/")));
    encodings.put("bytes of a Python literal", Writing::pythonLiteral);
    encodings.put(
        "base64 of hex", b -> Base64.getEncoder().encode(bytes(HexFormat.of().formatHex(b))));
    encodings.put(
        "base64 of base64", b -> Base64.getEncoder().encode(Base64.getEncoder().encode(b)));
    return encodings;
  }

  private static byte[] pythonLiteral(byte[] bytes) {
    StringBuilder literal = new StringBuilder("key = b'");
    for (byte b : bytes) {
      boolean isPlain = b >= ' ' && b < 0x7f && b != '\'' && b != '\\';
      literal.append(isPlain ? (char) b : "\\x%02x".formatted(b & 0xff));
    }
    return bytes(literal.append("'\n").toString());
  }

  private static byte[] unsignedList(byte[] bytes) {
    StringBuilder list = new StringBuilder("[");
    for (byte b : bytes) {
      list.append(b & 0xff).append(',');
    }
    return bytes(list.append(']').toString());
  }

  private static byte[] shifted(byte[] bytes, int by) {
    byte[] shifted = new byte[bytes.length + by];
    Arrays.fill(shifted, 0, by, (byte) 0xa7);
    System.arraycopy(bytes, 0, shifted, by, bytes.length);
    return shifted;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String lines(int length, byte[] bytes) {
    return Base64.getMimeEncoder(length, new byte[] {'\n'}).encodeToString(bytes);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }
}
