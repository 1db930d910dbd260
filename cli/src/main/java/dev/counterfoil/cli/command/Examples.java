package dev.counterfoil.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Examples of commands: one list, read when a help is shown. A test parses each. */
public final class Examples {
  private static final String SECTION = "examples";

  private Examples() {}

  /** Has the help of a command line and of all its subcommands end with examples. */
  public static void show(CommandLine commands) {
    Map<String, IHelpSectionRenderer> sections = new LinkedHashMap<>(commands.getHelpSectionMap());
    sections.put(SECTION, help -> text(of(help.commandSpec())));
    commands.setHelpSectionMap(sections);
    List<String> keys = new ArrayList<>(commands.getHelpSectionKeys());
    keys.add(keys.indexOf(UsageMessageSpec.SECTION_KEY_FOOTER_HEADING), SECTION);
    commands.setHelpSectionKeys(keys);
  }

  private static String text(List<String> examples) {
    return examples.isEmpty()
        ? ""
        : examples.stream()
            .map(line -> "  " + line)
            .collect(Collectors.joining("%n", "%nExamples:%n", "%n"))
            .formatted();
  }

  /** Those of one command, without those of its subcommands. */
  public static List<String> of(CommandSpec command) {
    String name = command.qualifiedName();
    return all().stream()
        .filter(line -> isOf(line, name))
        .filter(
            line ->
                command.subcommands().keySet().stream()
                    .noneMatch(below -> isOf(line, name + " " + below)))
        .toList();
  }

  private static boolean isOf(String line, String name) {
    return (line + " ").startsWith(name + " ");
  }

  /** All of them, as they are typed. */
  public static List<String> all() {
    try (InputStream in =
        Objects.requireNonNull(Examples.class.getResourceAsStream("examples.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
