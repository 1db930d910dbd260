package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.BoundedFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.format.bytes.FormatException;
import java.io.IOException;
import java.nio.file.Path;

/** A signed file that a command was given: a notice or a version of a statement. */
public final class DisclosureFile {
  private DisclosureFile() {}

  /** Reads it; it is not verified yet. */
  public static SignedDisclosure read(Path file) {
    try {
      return SignedDisclosure.parse(BoundedFile.read(file, SignedDisclosure.BYTES_MAX));
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file + ": " + CommandFailure.reason(e));
    } catch (FormatException e) {
      throw CommandFailure.no(file + " is no signed notice or statement: " + e.getMessage());
    }
  }
}
