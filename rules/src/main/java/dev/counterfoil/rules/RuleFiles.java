package dev.counterfoil.rules;

import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.reading.FieldMapReader;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Rule files of some folders, read.
 *
 * @param documents what could be read
 * @param faults what could not, and why
 * @param files how many files there were
 */
public record RuleFiles(List<RuleDocument> documents, List<RuleFault> faults, int files) {
  /** Most files. */
  public static final int FILES_MAX = 20_000;

  /** Deepest folder. */
  private static final int DEPTH_MAX = 16;

  /** The rules that come with this project, one file each. */
  private static final String SHIPPED = "shipped/";

  public RuleFiles {
    documents = List.copyOf(documents);
    faults = List.copyOf(faults);
  }

  /**
   * Reads files, and the files {@code *.yml} and {@code *.yaml} of folders; links in a folder are
   * left out. A file that cannot be used is a fault, and no more.
   *
   * @throws IOException where a file or folder cannot be opened
   */
  public static RuleFiles read(List<Path> places, FieldMap fields) throws IOException {
    List<RuleDocument> documents = new ArrayList<>();
    List<RuleFault> faults = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    for (Path place : places) {
      files.addAll(files(place));
    }
    if (files.size() > FILES_MAX) {
      throw new IOException("more than " + FILES_MAX + " rule files");
    }
    for (Path file : files) {
      read(file.toString(), text(file), fields, documents, faults);
    }
    return new RuleFiles(documents, faults, files.size());
  }

  private static List<Path> files(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return List.of(place);
    }
    try (Stream<Path> found = Files.walk(place, DEPTH_MAX)) {
      return found
          .filter(file -> file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .limit(FILES_MAX + 1L)
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      // One byte more than could ever be taken: the reader says that it is too long.
      byte[] bytes = in.readNBytes(4 * RuleReader.FILE_MAX + 1);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static void read(
      String name,
      String text,
      FieldMap fields,
      List<RuleDocument> documents,
      List<RuleFault> faults) {
    try {
      documents.addAll(RuleReader.read(name, text, fields.placeholders()));
    } catch (RuleFault e) {
      faults.add(e);
    }
  }

  /** The rules that come with this project, for our own audit events. */
  public static RuleFiles shipped() {
    List<RuleDocument> documents = new ArrayList<>();
    List<RuleFault> faults = new ArrayList<>();
    List<String> names = resource(SHIPPED + "index.txt").lines().toList();
    for (String name : names) {
      read(name, resource(SHIPPED + name), ownFields(), documents, faults);
    }
    return new RuleFiles(documents, faults, names.size());
  }

  /** The field map of our own audit events. */
  public static FieldMap ownFields() {
    try {
      return FieldMapReader.read("counterfoil.yml", resource("counterfoil.yml"));
    } catch (RuleFault e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(RuleFiles.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
