package dev.counterfoil.drills.mail;

import dev.counterfoil.drills.mail.DovecotConfiguration.Identity;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.installation.ChildProcess;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A real Dovecot on loopback, in a folder of its own, run by whoever runs this process: root or an
 * ordinary user.
 */
public final class DovecotServer implements AutoCloseable {
  /**
   * A Unix socket's path has 107 bytes; Dovecot's longest name below its base folder takes about 27
   * of them.
   */
  static final int BASE_PATH_BYTES_MAX = 80;

  private static final String MAJOR_VERSION = "2.4.";

  private final Path folder;
  private final Path mail;
  private final int port;
  private Optional<ChildProcess> process = Optional.empty();

  private DovecotServer(Path folder, Path mail, int port) {
    this.folder = folder;
    this.mail = mail;
    this.port = port;
  }

  /**
   * Lays out a server that does not run yet.
   *
   * @param folder a folder that does not exist, short enough for socket paths
   * @param mail folder of the mailboxes
   * @throws IOException when Dovecot 2.4 is not installed, the path is too long or the disk fails;
   *     the message says what to do
   */
  public static DovecotServer inFolder(Path folder, Path mail) throws IOException {
    Path own = folder.toAbsolutePath();
    int length = own.resolve("run").toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > BASE_PATH_BYTES_MAX) {
      throw new IOException(
          "the mail server's folder %s is %d bytes long and may be %d: choose a shorter folder"
              .formatted(own.resolve("run"), length, BASE_PATH_BYTES_MAX));
    }
    requireInstalled();
    Files.createDirectory(own);
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createDirectories(own.resolve("out"));
    if (MailFolderOwner.runsAsRoot()) {
      // The event file is opened by Dovecot's own user.
      Files.setOwner(
          own.resolve("out"),
          own.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("dovecot"));
    }
    Files.createDirectories(own.resolve("keys"));
    return new DovecotServer(own, mail.toAbsolutePath(), FreePorts.find(1).getFirst());
  }

  /**
   * Looks for the program.
   *
   * @throws IOException when Dovecot 2.4 is not installed; the message says what to do
   */
  public static void requireInstalled() throws IOException {
    String version = run(List.of(program("dovecot"), "--version"));
    if (!version.startsWith(MAJOR_VERSION)) {
      throw new IOException(
          "Dovecot "
              + version.strip()
              + " is installed and the drill needs "
              + MAJOR_VERSION
              + "x");
    }
  }

  /** Starts it, or starts it again with other settings, and waits until it decides about logins. */
  public void start(DovecotSettings settings) throws IOException, InterruptedException {
    stop();
    // A socket left from the last run costs the first login five seconds.
    DrillFolder.deleteTree(folder.resolve("run"));
    Path configuration = folder.resolve("dovecot.conf");
    Files.deleteIfExists(configuration);
    Files.createFile(
        configuration,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    DovecotConfiguration chosen =
        new DovecotConfiguration(folder, mail, port, settings, identity());
    Files.writeString(configuration, chosen.text());
    writeStaff(chosen.staffFile(), settings.staff());
    ChildProcess started =
        ChildProcess.start(
            "dovecot",
            List.of(program("dovecot"), "-F", "-c", configuration.toString()),
            folder,
            folder.resolve("console.log"));
    process = Optional.of(started);
    try {
      awaitDecisions(started);
    } catch (IOException | InterruptedException e) {
      stop();
      throw e;
    }
  }

  private static void writeStaff(Path file, List<DovecotSettings.Staff> staff) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        file,
        staff.stream()
            .map(one -> one.name() + ":{PLAIN}" + one.password() + "\n")
            .collect(Collectors.joining()));
    if (MailFolderOwner.runsAsRoot()) {
      Files.setOwner(
          file,
          file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("dovecot"));
    }
  }

  /** Makes it forget keys that left its key folder: until then it trusts what it has seen. */
  public void reload() throws IOException, InterruptedException {
    run(List.of(program("doveadm"), "-c", folder.resolve("dovecot.conf").toString(), "reload"));
    awaitDecisions(process.orElseThrow(() -> new IOException("the mail server does not run")));
  }

  /** Stops it and all its processes. */
  public void stop() {
    process.ifPresent(ChildProcess::close);
    process = Optional.empty();
  }

  @Override
  public void close() {
    stop();
  }

  /** Where clients connect. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /**
   * The file its events are written to, one JSON object a line; it appears with the first event.
   */
  public Path events() {
    return folder.resolve("out").resolve("events.jsonl");
  }

  /** The public keys it checks signatures with when it decides by itself. */
  public DovecotKeys keys() {
    return new DovecotKeys(folder.resolve("keys"));
  }

  /** Its log, for error messages. */
  Path log() {
    return folder.resolve("dovecot.log");
  }

  private Identity identity() throws IOException {
    var uid = MailFolderOwner.ofThisProcess().uid();
    if (uid.isPresent()) {
      return new Identity.Root(uid.getAsInt());
    }
    var attributes = Files.readAttributes(folder, PosixFileAttributes.class);
    return new Identity.User(attributes.owner().getName(), attributes.group().getName());
  }

  /**
   * Waits until a login with a token that is none gets a plain refusal. An open port says nothing:
   * a mistake in the rules for logins shows with the first login only.
   */
  private void awaitDecisions(ChildProcess running) throws IOException, InterruptedException {
    ImapReader reader = new ImapReader(address());
    String[] last = {"it did not listen"};
    boolean decides =
        Await.comes(
            () -> {
              if (running.starts() > 1) {
                throw new IOException("the mail server does not stay up: " + console());
              }
              try {
                last[0] = String.valueOf(reader.read("probe", "none", 1));
              } catch (MessagingException e) {
                last[0] = "no answer yet: " + e.getMessage();
              }
              return last[0].contains("[AUTHENTICATIONFAILED]");
            });
    if (!decides) {
      throw new IOException(
          "the mail server is not ready, last answer: " + last[0] + "; its log is " + log());
    }
  }

  private String console() throws IOException {
    return Files.readString(folder.resolve("console.log")).strip();
  }

  private static String program(String name) throws IOException {
    Path sbin = Path.of("/usr/sbin", name);
    Path bin = Path.of("/usr/bin", name);
    if (Files.isExecutable(sbin)) {
      return sbin.toString();
    }
    if (Files.isExecutable(bin)) {
      return bin.toString();
    }
    throw new IOException(
        "Dovecot is not installed (no " + sbin + "): apt-get install dovecot-imapd");
  }

  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + " failed: " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while running " + command.getFirst(), e);
    }
    return output;
  }
}
