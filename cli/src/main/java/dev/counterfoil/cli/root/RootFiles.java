package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The files that go from one to the next at a ceremony, and the passphrases that do not. */
final class RootFiles {
  private static final int SMALL_BYTES_MAX = 4096;

  private RootFiles() {}

  private interface Reading<T> {
    T read(byte[] content) throws FormatException;
  }

  private static <T> T read(Path file, int bytesMax, Reading<T> reading) {
    try {
      if (Files.size(file) > bytesMax) {
        throw CommandFailure.environment(file + " is longer than " + bytesMax + " bytes");
      }
      return reading.read(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw CommandFailure.environment("there is no file " + file);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file + ": " + e.getMessage());
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }

  static Ceremony ceremony(Path file) {
    return read(file, Ceremony.BYTES_MAX, Ceremony::parse);
  }

  static CeremonyRequest request(Path file) {
    return read(file, Ceremony.BYTES_MAX, CeremonyRequest::parse);
  }

  static List<NoteKey> publicKeys(List<Path> files) {
    List<NoteKey> keys = new ArrayList<>();
    for (Path file : files) {
      keys.add(
          read(
              file,
              SMALL_BYTES_MAX,
              content -> NoteKey.parse(new String(content, StandardCharsets.UTF_8).strip())));
    }
    return keys;
  }

  static PublicJwk statementKey(Path file) {
    return read(
        file,
        SMALL_BYTES_MAX,
        content -> PublicJwk.parse(StrictJson.object(content, SMALL_BYTES_MAX)));
  }

  /** Writes a ceremony, whole or not at all. */
  static void write(Path file, Ceremony ceremony) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, ceremony.bytes());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot write " + file + ": " + e.getMessage());
    }
  }

  /** A new file: no signature that was given is overwritten. */
  static void writeNew(Path file, Ceremony ceremony) {
    if (Files.exists(file)) {
      throw CommandFailure.environment(file + " exists already. Name another with --out");
    }
    write(file, ceremony);
  }

  /**
   * A passphrase, from its file or from the terminal without an echo.
   *
   * @param again whether it is asked for twice, as for a new key
   */
  static char[] passphrase(@Nullable Path file, boolean again) {
    if (file != null) {
      try {
        return SecretFile.at(file).readText().toCharArray();
      } catch (IOException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
    Console console =
        Optional.ofNullable(System.console())
            .filter(Console::isTerminal)
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "there is no terminal to ask for the passphrase. Name a file"
                            + " of mode 600 with --passphrase-file"));
    char[] first = console.readPassword("Passphrase: ");
    if (first == null) {
      throw CommandFailure.environment("no passphrase was given");
    }
    if (again) {
      char[] second = console.readPassword("Repeat the passphrase: ");
      boolean same = second != null && Arrays.equals(first, second);
      if (second != null) {
        Arrays.fill(second, '\0');
      }
      if (!same) {
        Arrays.fill(first, '\0');
        throw CommandFailure.environment("the two passphrases differ. Nothing was created");
      }
    }
    return first;
  }
}
