package dev.counterfoil.assess.token;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A token of the assessed issuer, read from a file. It is a credential while it lives: {@link
 * #toString} hides it, and reports name it by its label only.
 */
public final class SampleToken {
  private static final String BEARER = "Bearer ";

  private final String label;
  private final String text;

  private SampleToken(String label, String text) {
    this.label = label;
    this.text = text;
  }

  /**
   * A token already in hand.
   *
   * @param label how the report names it, e.g. a file name and line
   * @param text the token as it would be presented
   */
  public static SampleToken of(String label, String text) {
    return new SampleToken(label, text.strip());
  }

  /**
   * Reads the tokens of a file: one on each line, with or without {@code Bearer } before it; empty
   * lines are skipped.
   *
   * @throws AssessmentException if the file cannot be read or is longer than the limits allow
   */
  public static List<SampleToken> readFrom(Path file, AssessmentLimits limits) {
    long longest = (long) limits.tokens() * limits.tokenBytes();
    String name = String.valueOf(file.getFileName());
    String content;
    try {
      if (Files.size(file) > longest) {
        throw new AssessmentException(
            "Token file " + file + " is longer than " + longest + " bytes: give fewer tokens.");
      }
      content = Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssessmentException(
          "Token file " + file + " cannot be read (" + e + "): check the path and its permissions.",
          e);
    }
    List<String> lines = content.lines().toList();
    List<SampleToken> tokens = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        line = line.substring(BEARER.length()).strip();
      }
      if (!line.isEmpty()) {
        tokens.add(new SampleToken(lines.size() == 1 ? name : name + ":" + (i + 1), line));
      }
    }
    return List.copyOf(tokens);
  }

  public String label() {
    return label;
  }

  /** The whole credential: for parsing only. */
  public String text() {
    return text;
  }

  @Override
  public String toString() {
    return "SampleToken[" + label + ", " + text.length() + " characters]";
  }
}
