package dev.counterfoil.signer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A systemd journal of a test's own: journald in a mount namespace, whose {@code /run} is empty and
 * gone with it. What is started in front of its {@link #prefix} writes to it as a unit does.
 */
public final class TestJournal implements AutoCloseable {
  private static final Path JOURNALD = Path.of("/usr/lib/systemd/systemd-journald");
  private static final Path CAT = Path.of("/usr/bin/systemd-cat");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** In a container journald cannot hear the kernel, and need not here. */
  private static final String SET_UP =
      """
      mount -t tmpfs tmpfs /run
      mkdir -p /run/systemd/journald.conf.d
      printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nRateLimitIntervalSec=0\\n' \
        > /run/systemd/journald.conf.d/test.conf
      exec "$0"
      """;

  private final Process journald;

  private TestJournal(Process journald) {
    this.journald = journald;
  }

  /** Starts it; null where there is no journald, or nobody may run it. */
  public static @Nullable TestJournal start() throws IOException, InterruptedException {
    if (!Files.isExecutable(JOURNALD)
        || !Files.isExecutable(CAT)
        || !System.getProperty("user.name").equals("root")) {
      return null;
    }
    Process process =
        new ProcessBuilder(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
                "unshare",
                "--mount",
                "--",
                "sh",
                "-ec",
                SET_UP,
                JOURNALD.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Path socket = Path.of("/proc/" + process.pid() + "/root/run/systemd/journal/stdout");
    Instant end = Instant.now().plus(PATIENCE);
    while (process.isAlive()) {
      if (Files.exists(socket)) {
        return new TestJournal(process);
      }
      if (Instant.now().isAfter(end)) {
        process.destroyForcibly();
        throw new AssertionError("journald does not listen");
      }
      Thread.sleep(20);
    }
    // As in a container without the right to mount.
    return null;
  }

  private List<String> inside(String... command) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("nsenter", "--mount=/proc/" + journald.pid() + "/ns/mnt", "--"));
    words.addAll(List.of(command));
    return words;
  }

  /** Stands before a command whose output goes to the journal, under a name. */
  public List<String> prefix(String name) {
    return inside(CAT.toString(), "--identifier=" + name, "--");
  }

  /** Writes a file to it, line by line. */
  public void write(String name, Path file) throws IOException {
    Process cat =
        new ProcessBuilder(inside(CAT.toString(), "--identifier=" + name))
            .redirectInput(file.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    ended(cat, "systemd-cat");
  }

  /** What was written under a name. */
  public String said(String name) throws IOException {
    sync();
    Process journalctl =
        new ProcessBuilder(
                inside("journalctl", "--no-pager", "--output=cat", "--identifier=" + name))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(journalctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    ended(journalctl, "journalctl");
    return said;
  }

  /** All of it, with what journald adds to each line. */
  public Path export(Path file) throws IOException {
    sync();
    Process journalctl =
        new ProcessBuilder(inside("journalctl", "--no-pager", "--output=export", "--all"))
            .redirectOutput(file.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    ended(journalctl, "journalctl");
    return file;
  }

  private void sync() throws IOException {
    ended(
        new ProcessBuilder(inside("journalctl", "--sync"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start(),
        "journalctl --sync");
  }

  private static void ended(Process process, String name) {
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (process.exitValue() != 0) {
      throw new AssertionError(name + " failed");
    }
  }

  @Override
  public void close() {
    journald.destroyForcibly().onExit().join();
  }
}
