package dev.counterfoil.drills.mail;

import dev.counterfoil.drills.mail.DovecotConfiguration.Identity;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.installation.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

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

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration PROBE_EVERY = Duration.ofMillis(20);
  private static final int PROBE_TIMEOUT_MILLIS = 10_000;
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
    Files.writeString(
        configuration, new DovecotConfiguration(folder, mail, port, settings, identity()).text());
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
    long end = System.nanoTime() + READY_WITHIN.toNanos();
    String last = "it did not listen";
    while (System.nanoTime() < end) {
      if (running.starts() > 1) {
        throw new IOException("the mail server does not stay up: " + console());
      }
      try {
        last = probe();
        if (last.contains("[AUTHENTICATIONFAILED]")) {
          return;
        }
      } catch (IOException e) {
        last = "no answer yet: " + e.getMessage();
      }
      Thread.sleep(PROBE_EVERY);
    }
    throw new IOException(
        "the mail server was not ready after %d s, last answer: %s; its log is %s"
            .formatted(READY_WITHIN.toSeconds(), last, log()));
  }

  private String probe() throws IOException {
    try (var socket = new Socket()) {
      socket.connect(address(), PROBE_TIMEOUT_MILLIS);
      socket.setSoTimeout(PROBE_TIMEOUT_MILLIS);
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      OutputStream out = socket.getOutputStream();
      in.readLine();
      String login = "n,a=probe,\u0001auth=Bearer none\u0001\u0001";
      send(out, "p AUTHENTICATE OAUTHBEARER " + base64(login));
      String line = in.readLine();
      if (line != null && line.startsWith("+")) {
        send(out, base64("\u0001"));
        line = in.readLine();
      }
      return line == null ? "the connection was closed" : line;
    }
  }

  private static void send(OutputStream out, String line) throws IOException {
    out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
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
