package dev.counterfoil.cli.rules;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleSet;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.reading.FieldMapReader;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which rules, and what they call the fields of events. */
final class RuleOptions {
  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description =
          "Rule files, or folders of them. Default: the rules that come with Counterfoil.")
  private List<Path> places = new ArrayList<>();

  @Option(
      names = "--fields",
      paramLabel = "FILE",
      description =
          "A field map: which events are of which log source, what rules call their fields, and"
              + " values of placeholders. It comes before the one for our own audit events.")
  private @Nullable Path fields;

  private @Nullable FieldMap map;

  /** The field map: the file's sources, then our own. */
  FieldMap fields() throws IOException {
    FieldMap known = map;
    if (known == null) {
      known = read();
      map = known;
    }
    return known;
  }

  private FieldMap read() throws IOException {
    FieldMap own = RuleFiles.ownFields();
    if (fields == null) {
      return own;
    }
    try (InputStream in = Files.newInputStream(fields)) {
      String text = new String(in.readNBytes(RuleReader.FILE_MAX + 1), StandardCharsets.UTF_8);
      FieldMap first = FieldMapReader.read(fields.toString(), text);
      List<FieldMap.Source> sources = new ArrayList<>(first.sources());
      sources.addAll(own.sources());
      return new FieldMap(sources, first.placeholders());
    } catch (RuleFault e) {
      throw CommandFailure.environment(e.getMessage());
    }
  }

  /** The rule files, read. */
  RuleFiles files() throws IOException {
    return places.isEmpty() ? RuleFiles.shipped() : RuleFiles.read(places, fields());
  }

  /** All that is wrong with rules, as it is told. */
  static List<String> faults(RuleFiles files, RuleSet rules) {
    List<String> faults = new ArrayList<>();
    files.faults().forEach(fault -> faults.add(fault.getMessage()));
    rules.faults().forEach(fault -> faults.add(fault.getMessage()));
    return faults;
  }
}
