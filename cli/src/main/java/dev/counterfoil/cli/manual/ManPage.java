package dev.counterfoil.cli.manual;

import static java.util.stream.Collectors.joining;

import dev.counterfoil.cli.command.Examples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command as a man page (man-pages(7)). picocli's own generator writes AsciiDoc, which takes
 * Ruby to become a page.
 */
final class ManPage {
  private final CommandSpec command;
  private final StringBuilder roff = new StringBuilder();

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /** Its name, such as {@code counterfoil-keys-list}: that of the file, without the section. */
  static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  /** The page. */
  static String of(CommandSpec command) {
    return new ManPage(command).page();
  }

  private String page() {
    String[] description = command.usageMessage().description();
    String name = name(command);
    roff.append(".TH \"")
        .append(name.toUpperCase(Locale.ROOT))
        .append("\" \"1\" \"\" \"Counterfoil\" \"Counterfoil\"\n.nh\n.ad l\n");
    section("NAME");
    text(name + " - " + first(description));
    section("SYNOPSIS");
    CommandLine.Help help = command.commandLine().getHelp();
    roff.append(".nf\n");
    help.synopsis(0).lines().forEach(line -> roff.append(escaped(line)).append('\n'));
    roff.append(".fi\n");
    section("DESCRIPTION");
    Arrays.stream(description).forEach(this::paragraph);
    arguments("ARGUMENTS", command.positionalParameters());
    arguments("OPTIONS", command.options());
    commands();
    examples();
    footer();
    section("SEE ALSO");
    text(
        (command.parent() == null ? "" : name(command.parent()) + "(1), ")
            + "the manual in the distribution's folder docs");
    return roff.toString();
  }

  private static String first(String[] description) {
    return description.length == 0 ? "" : plain(description[0]).replaceFirst("\\.$", "");
  }

  private void section(String title) {
    roff.append(".SH ").append(title).append('\n');
  }

  private void paragraph(String text) {
    roff.append(".PP\n");
    text(text);
  }

  private void text(String text) {
    plain(text).lines().forEach(line -> roff.append(escaped(line)).append('\n'));
  }

  private void arguments(String title, List<? extends ArgSpec> all) {
    List<? extends ArgSpec> shown = all.stream().filter(one -> !one.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    section(title);
    for (ArgSpec one : shown) {
      roff.append(".TP\n");
      text(
          switch (one) {
            case OptionSpec option ->
                String.join(", ", option.names())
                    + (option.arity().max() == 0 ? "" : "=" + option.paramLabel());
            case PositionalParamSpec parameter -> parameter.paramLabel();
            default -> one.paramLabel();
          });
      text(description(one));
    }
  }

  private static String description(ArgSpec one) {
    String text = Arrays.stream(one.description()).map(ManPage::plain).collect(joining(" "));
    if (one.completionCandidates() != null) {
      List<String> candidates = new ArrayList<>();
      one.completionCandidates().forEach(candidates::add);
      text = text.replace("${COMPLETION-CANDIDATES}", String.join(", ", candidates));
    }
    return text.replace("${DEFAULT-VALUE}", String.valueOf(one.defaultValueString()));
  }

  private void commands() {
    if (command.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    command
        .subcommands()
        .values()
        .forEach(
            one -> {
              CommandSpec spec = one.getCommandSpec();
              if (!spec.usageMessage().hidden()) {
                roff.append(".TP\n");
                text(name(spec) + "(1)");
                text(first(spec.usageMessage().description()));
              }
            });
  }

  private void examples() {
    List<String> examples = Examples.of(command);
    if (!examples.isEmpty()) {
      section("EXAMPLES");
      roff.append(".nf\n");
      examples.forEach(line -> roff.append(escaped(line)).append('\n'));
      roff.append(".fi\n");
    }
  }

  private void footer() {
    String[] footer = command.usageMessage().footer();
    if (footer.length == 0) {
      return;
    }
    String heading = plain(command.usageMessage().footerHeading()).strip().replace(":", "");
    section(heading.isEmpty() ? "NOTES" : heading.toUpperCase(Locale.ROOT));
    roff.append(".nf\n");
    Arrays.stream(footer)
        .filter(line -> !line.isBlank())
        .forEach(line -> roff.append(escaped(plain(line))).append('\n'));
    roff.append(".fi\n");
  }

  private static String plain(String text) {
    return CommandLine.Help.Ansi.OFF.string(text.replace("%n", "\n").replace("%%", "%"));
  }

  /** A line that is text to roff, whatever it begins with. */
  private static String escaped(String line) {
    String safe = line.replace("\\", "\\e").replace("-", "\\-");
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }
}
