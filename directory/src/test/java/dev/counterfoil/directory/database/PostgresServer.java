package dev.counterfoil.directory.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Debian's PostgreSQL in a temporary folder, as a user of its own where the tests run as root. It
 * asks for a password. Where the package is missing it fails and says so.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Path PACKAGES = Path.of("/usr/lib/postgresql");
  private static final String PASSWORD = "only-for-tests";
  private static final long START_SECONDS_MAX = 60;
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final Path folder;
  private final int port;
  private Process process;

  private PostgresServer(Path folder, int port) throws IOException {
    this.folder = folder;
    this.port = port;
    this.process = launch();
  }

  private static final class OfThisProcess {
    private static final PostgresServer SERVER;

    static {
      try {
        SERVER = start();
        Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The one that all tests of this process share. */
  public static PostgresServer shared() {
    return OfThisProcess.SERVER;
  }

  /** One of its own, for tests that stop it. */
  public static PostgresServer start() throws IOException {
    Path folder =
        Files.createTempDirectory(
            Path.of("/tmp"),
            "counterfoil-pg",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path password = folder.resolve("password");
    Files.writeString(password, PASSWORD);
    if (isRoot()) {
      var postgres =
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres");
      Files.setOwner(folder, postgres);
      Files.setOwner(password, postgres);
    }
    Process made =
        command(
            folder,
            "initdb",
            "--auth=scram-sha-256",
            "--username=counterfoil",
            "--pwfile=" + password,
            "--no-sync",
            "--encoding=UTF8",
            // As an operator's may be: tables must not lean on the database's language.
            "--locale=C.UTF-8",
            "--pgdata=" + folder.resolve("data"));
    try {
      if (!made.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS) || made.exitValue() != 0) {
        throw new IOException("initdb failed: " + Files.readString(folder.resolve("log")));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    PostgresServer server = new PostgresServer(folder, freePort());
    server.awaitReady();
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static Process command(Path folder, String program, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("env", "--chdir=/", "setpriv"));
    if (isRoot()) {
      command.addAll(List.of("--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    command.addAll(List.of("--pdeathsig=TERM", "--", bin().resolve(program).toString()));
    command.addAll(List.of(options));
    // Its log is this process's: its user does not enter the folders of tests.
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private static Path bin() throws IOException {
    if (!Files.isDirectory(PACKAGES)) {
      throw new IOException("PostgreSQL is missing. Install it: apt-get install postgresql");
    }
    try (Stream<Path> versions = Files.list(PACKAGES)) {
      return versions
          .max(
              Comparator.comparingDouble(path -> Double.parseDouble(path.getFileName().toString())))
          .orElseThrow()
          .resolve("bin");
    }
  }

  private Process launch() throws IOException {
    return command(
        folder,
        "postgres",
        "-D",
        folder.resolve("data").toString(),
        "-p",
        Integer.toString(port),
        "-clisten_addresses=127.0.0.1",
        "-cunix_socket_directories=",
        "-cfsync=off",
        "-cmax_connections=200");
  }

  private void awaitReady() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (true) {
      try (Connection connection = connect("postgres")) {
        if (connection.isValid(1)) {
          return;
        }
      } catch (SQLException e) {
        if (!process.isAlive() || System.nanoTime() > end) {
          throw new IOException(Files.readString(folder.resolve("log")), e);
        }
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  private Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, "counterfoil", PASSWORD);
  }

  /** A database that nothing is in, by its name. */
  public String makeDatabase() throws SQLException {
    String name = "t" + DATABASES.incrementAndGet();
    run("postgres", "CREATE DATABASE " + name);
    return name;
  }

  /** Runs one of PostgreSQL's own programs against it. */
  public void tool(String program, String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                bin().resolve(program).toString(),
                "--host=127.0.0.1",
                "--port=" + port,
                "--username=counterfoil"));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PGPASSWORD", PASSWORD);
    Process run = builder.start();
    String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (run.waitFor() != 0) {
      throw new IOException(program + " failed: " + said);
    }
  }

  /** The address of a database here, as in a configuration. */
  public URI address(String database) {
    return URI.create("postgresql://counterfoil@127.0.0.1:" + port + "/" + database);
  }

  /** Where tables lie in a database here. */
  public TablePlace.Server place(String database) {
    return new TablePlace.Server(PostgresAddress.of(address(database)), () -> PASSWORD);
  }

  /** Where tables lie in a database that nothing is in. */
  public TablePlace.Server place() throws SQLException {
    return place(makeDatabase());
  }

  /** The password that it asks for. */
  public String password() {
    return PASSWORD;
  }

  /** Carries out a statement. */
  public void run(String database, String statement) throws SQLException {
    try (Connection connection = connect(database);
        Statement one = connection.createStatement()) {
      one.execute(statement);
    }
  }

  /** The one value of an answer. */
  public String said(String database, String query) throws SQLException {
    try (Connection connection = connect(database);
        Statement one = connection.createStatement();
        ResultSet rows = one.executeQuery(query)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Kills it, as a power failure does. */
  public void kill() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  /** Starts it again after {@link #kill}. */
  public void restart() throws IOException {
    process = launch();
    awaitReady();
  }

  @Override
  public void close() {
    try {
      kill();
      try (Stream<Path> all = Files.walk(folder)) {
        all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
