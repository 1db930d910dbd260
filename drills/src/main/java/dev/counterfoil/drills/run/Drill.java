package dev.counterfoil.drills.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A promise that an operator can prove on their own machine: expectations stated before anything
 * runs, then a throwaway installation that has to meet every one of them.
 */
public abstract class Drill {
  private final String name;
  private final String purpose;
  private final List<Expectation> expectations;

  /**
   * The drill of a name, which a text of that name states: its purpose in the first line, then each
   * expectation with its act, its kind and its id, in the order in which they are shown.
   */
  protected Drill(String name) {
    this(name, text(name));
  }

  Drill(String name, String text) {
    this.name = name;
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    this.purpose = lines.getFirst();
    this.expectations = lines.stream().skip(1).map(Drill::expectation).toList();
  }

  private static String text(String name) {
    String file = "/dev/counterfoil/drills/" + name + ".txt";
    try (InputStream in = Drill.class.getResourceAsStream(file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Expectation expectation(String line) {
    String[] words = line.split(" ", 4);
    return new Expectation(
        words[2].substring(0, words[2].length() - 1),
        Integer.parseInt(words[0]),
        Expectation.Kind.valueOf(words[1].toUpperCase(Locale.ROOT)),
        words[3]);
  }

  /** The name on the command line, such as {@code storm-0558}. */
  public final String name() {
    return name;
  }

  /** What is proved, in one or two sentences. */
  public String purpose() {
    return purpose;
  }

  /** Everything that has to hold, in the order in which it is shown. */
  public List<Expectation> expectations() {
    return expectations;
  }

  /**
   * Plays on a throwaway installation and observes every expectation once. What it opened with the
   * run ends with it.
   *
   * @throws Exception when the drill itself could not be carried out, which is a failed drill
   */
  protected abstract void play(DrillRun run) throws Exception;
}
