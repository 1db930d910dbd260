package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of {@code spec/} and its fenced blocks, to be read and to be written anew. */
final class SpecPage {
  /** So that a line of a folded block fits the page. */
  private static final int FOLD_CHARACTERS = 100;

  private final Path file;
  private String text;

  SpecPage(String name) throws IOException {
    file = Path.of("..", "spec", name);
    text = Files.readString(file);
  }

  String text() {
    return text;
  }

  /** The first fenced block after a heading or a sentence. */
  static String block(String page, String after) {
    Matcher matcher = matcher(page, after);
    assertThat(matcher.find()).as(after).isTrue();
    return matcher.group(1);
  }

  private static Matcher matcher(String page, String after) {
    return Pattern.compile(
            Pattern.quote(after) + ".*?```[a-z]*\n(.*?)```", Pattern.DOTALL | Pattern.MULTILINE)
        .matcher(page);
  }

  /** Puts another content into the block after a heading or a sentence. */
  SpecPage put(String after, String content) {
    Matcher matcher = matcher(text, after);
    assertThat(matcher.find()).as(after).isTrue();
    String line = content.endsWith("\n") ? content : content + "\n";
    text = text.substring(0, matcher.start(1)) + line + text.substring(matcher.end(1));
    return this;
  }

  void write() throws IOException {
    Files.writeString(file, text);
  }

  /** Broken over lines when it is long. */
  static String folded(String entry) {
    return entry.replaceAll("(.{" + FOLD_CHARACTERS + "})", "$1\n");
  }

  /** JSON over lines, its members in alphabetical order. */
  static String indented(JsonObject json) {
    StringBuilder out = new StringBuilder();
    indent(out, json, "\n");
    return out.toString();
  }

  private static void indent(StringBuilder out, Object value, String line) {
    if (value instanceof JsonObject object) {
      String inner = line + "  ";
      out.append('{').append(inner);
      String separator = "";
      for (String name : new TreeSet<>(object.names())) {
        out.append(separator);
        JsonObject.quote(out, name);
        out.append(": ");
        indent(out, Objects.requireNonNull(object.get(name)), inner);
        separator = "," + inner;
      }
      out.append(line).append('}');
    } else if (value instanceof List<?> list) {
      String inner = line + "  ";
      out.append('[').append(inner);
      String separator = "";
      for (Object each : list) {
        out.append(separator);
        indent(out, each, inner);
        separator = "," + inner;
      }
      out.append(line).append(']');
    } else if (value instanceof String text) {
      JsonObject.quote(out, text);
    } else {
      out.append(value);
    }
  }
}
