package dev.counterfoil.cli.advisory;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the key that signs what is published. */
@Command(
    name = "key",
    description = {
      "Makes an OpenPGP key that signs advisories and security.txt.",
      "Keep its file away from the published folder and from the web server's host."
    })
final class AdvisoryKeyCommand extends PrintingCommand {
  private static final int DAYS_MAX = 3650;

  @Option(
      names = "--user",
      paramLabel = "TEXT",
      required = true,
      description = "Whose key it is, such as \"Example <security@example.com>\".")
  private String user;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "730",
      description = "How long it is valid (default: ${DEFAULT-VALUE}).")
  private int days;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "A passphrase that encrypts it, in a file of mode 600.")
  private @Nullable Path passphraseFile;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The new file.")
  private Path out;

  @Override
  public Integer call() throws Exception {
    if (days < 1 || days > DAYS_MAX) {
      throw CommandFailure.environment("--days is 1 to " + DAYS_MAX);
    }
    char[] passphrase = AdvisoryFiles.passphrase(passphraseFile);
    Instant now = InstantSource.system().instant();
    byte[] secret =
        OpenPgpKey.make(user, passphrase, now, Duration.ofDays(days), new SecureRandom());
    try (FileChannel channel =
        FileChannel.open(
            out,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer left = ByteBuffer.wrap(secret);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    try (FileChannel folder =
        FileChannel.open(
            Objects.requireNonNull(out.toAbsolutePath().getParent(), "a file lies in a folder"))) {
      folder.force(true);
    }
    String fingerprint = OpenPgpKey.parse(secret, passphrase).certificate().fingerprint();
    print(
        JsonObject.builder().put("file", out.toString()).put("fingerprint", fingerprint).build(),
        "Key %s: %s%nIt is valid until %s."
            .formatted(fingerprint, out, now.plus(Duration.ofDays(days))));
    return ExitCode.OK;
  }
}
