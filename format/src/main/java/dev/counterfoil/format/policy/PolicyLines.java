package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a policy file (c2sp.org/tlog-policy): words between ASCII spaces and tabs, {@code #}
 * before comments. Octets above ASCII are allowed; in words, unlike the specification, only as
 * UTF-8, so that a word is a text.
 */
final class PolicyLines {
  /** Takes the words of one line. */
  interface Reader {
    void read(List<String> words) throws FormatException;
  }

  private PolicyLines() {}

  /** Reads a file; errors name the line. */
  static void read(byte[] file, Reader reader) throws FormatException {
    if (file.length > LogPolicy.BYTES_MAX) {
      throw new FormatException("policy is longer than " + LogPolicy.BYTES_MAX + " bytes");
    }
    int number = 0;
    // One character an octet: lines and words are split before anything is decoded.
    for (String line : new String(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
      number++;
      try {
        List<String> words = words(line);
        if (!words.isEmpty()) {
          reader.read(words);
        }
      } catch (FormatException e) {
        throw new FormatException("policy line " + number + ": " + e.getMessage(), e);
      }
    }
  }

  private static List<String> words(String line) throws FormatException {
    if (line.chars().anyMatch(c -> (c != '\t' && c < ' ') || c == 0x7f)) {
      throw new FormatException("only tab and newline are allowed as control characters");
    }
    List<String> words = new ArrayList<>();
    for (String word : line.split("[ \t]+", -1)) {
      if (words.isEmpty() && word.startsWith("#")) {
        return List.of();
      }
      if (!word.isEmpty()) {
        words.add(decode(word));
      }
    }
    return words;
  }

  private static String decode(String octets) throws FormatException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("a word is not UTF-8", e);
    }
  }
}
