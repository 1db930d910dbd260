package dev.counterfoil.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.testing.Distribution.Result;
import dev.counterfoil.testing.Distribution.Running;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ordinary life of a host under a running installation: users come, packages are upgraded, logs are
 * rotated, processes restarted. After each of these a token is issued and every socket serves a new
 * connection, and in the end a theft is contained.
 *
 * <p>In a mount namespace with a copy of {@code /etc} and of Java's programs, changed by the tools
 * that change them on a real host.
 */
@Tag("turn-2")
@Timeout(900)
class HostLifeTest {
  private static final long SEED = 14;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Path JAVA_PROGRAMS = Path.of(System.getProperty("java.home"), "bin");

  private Path folder = Path.of("");
  private Path etc = Path.of("");
  private Path programs = Path.of("");

  @SuppressWarnings("NullAway.Init") // made before each test
  private Running running;

  @SuppressWarnings("NullAway.Init") // made before each test
  private DemoClient demo;

  private Path domain = Path.of("");

  @BeforeEach
  void start() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root makes mount namespaces");
    assumeTrue(
        Stream.of("unshare", "nsenter", "chsh")
            .allMatch(name -> Files.isExecutable(Path.of("/usr/bin", name))),
        "unshare, nsenter or chsh is not installed");
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfh");
    etc = copy(Path.of("/etc"), folder.resolve("etc"));
    programs = copy(JAVA_PROGRAMS, folder.resolve("java-bin"));
    int port = Distribution.freePort();
    Path configuration =
        Files.writeString(
            folder.resolve("counterfoil.yaml"),
            """
            monitor-listen: "127.0.0.1:%d"
            domains:
              - name: main
                issuer: "http://127.0.0.1:%2$d"
                listen: "127.0.0.1:%2$d"
                tenants: [acme]
                audiences: [demo-api]
                spare-signers: 0
            """
                .formatted(Distribution.freePort(), port));
    running =
        Running.startBehind(
            List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-ec",
                "mount --bind \"$1\" /etc; mount --bind \"$2\" \"$3\"; shift 3; exec \"$@\"",
                "sh",
                etc.toString(),
                programs.toString(),
                JAVA_PROGRAMS.toString()),
            folder,
            configuration);
    domain = folder.resolve("counterfoil-data/domains/main");
    demo = new DemoClient("http://127.0.0.1:" + port, domain);
    allServe("the start");
  }

  @AfterEach
  void end() throws Exception {
    if (running != null) {
      demo.close();
      running.close();
    }
    if (!folder.toString().isEmpty()) {
      PutBackKeyLog.delete(folder);
    }
  }

  private static Path copy(Path from, Path to) throws Exception {
    command(List.of("cp", "-a", from.toString(), to.toString()));
    return to;
  }

  private static void command(List<String> words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(words + ": " + said).isZero();
  }

  /** Runs a tool of the host's where the installation runs. */
  private void onTheHost(String... words) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("nsenter", "--mount=/proc/" + running.pid() + "/ns/mnt", "--"));
    all.addAll(List.of(words));
    command(all);
  }

  /** As dpkg and most tools replace a file: another one takes its name. */
  private static void replace(Path file) throws IOException {
    if (Files.isSymbolicLink(file) || Files.isRegularFile(file)) {
      Path next = file.resolveSibling(file.getFileName() + ".dpkg-new");
      Files.copy(
          file.toRealPath(),
          next,
          StandardCopyOption.COPY_ATTRIBUTES,
          StandardCopyOption.REPLACE_EXISTING);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Something that happens to a host. */
  private enum Event {
    USER_ADDED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        Object before = inode(host.etc.resolve("passwd"));
        host.onTheHost("/usr/sbin/useradd", "-M", "somebody");
        assertThat(inode(host.etc.resolve("passwd"))).as("is another file").isNotEqualTo(before);
      }
    },
    SHELL_CHANGED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        Object before = inode(host.etc.resolve("passwd"));
        host.onTheHost("/usr/bin/chsh", "-s", "/bin/bash", "root");
        host.onTheHost("/usr/bin/chsh", "-s", "/bin/sh", "root");
        assertThat(inode(host.etc.resolve("passwd"))).as("is another file").isNotEqualTo(before);
      }
    },
    PACKAGES_UPGRADED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        for (String file :
            List.of(
                "passwd",
                "group",
                "nsswitch.conf",
                "resolv.conf",
                "hosts",
                "ld.so.cache",
                "ssl/certs/ca-certificates.crt")) {
          replace(host.etc.resolve(file));
        }
        replace(host.programs.resolve("java"));
      }
    },
    TIME_ZONE_CHANGED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        Path zone = host.etc.resolve("localtime");
        Path next = host.etc.resolve("localtime.new");
        Files.createSymbolicLink(next, Path.of("/usr/share/zoneinfo/Asia/Kolkata"));
        Files.move(next, zone, StandardCopyOption.ATOMIC_MOVE);
        // A release of Debian that no longer has it.
        Files.deleteIfExists(host.etc.resolve("timezone"));
      }
    },
    LOGS_ROTATED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        try (Stream<Path> logs = Files.list(host.folder.resolve("counterfoil-data/logs"))) {
          for (Path log : logs.toList()) {
            Files.move(log, log.resolveSibling(log.getFileName() + ".1"));
          }
        }
      }
    },
    DISK_REMOUNTED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        String disk = host.domain.toString();
        host.onTheHost("mount", "--bind", disk, disk);
        host.onTheHost("mount", "-o", "remount,bind,rw,noatime", disk);
      }
    },
    SIGNER_RESTARTED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        host.restart("signer.yaml");
      }
    },
    REGISTRAR_RESTARTED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        host.restart("registrar.yaml");
      }
    },
    AUTHORITY_RESTARTED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        host.restart("authority.yaml");
      }
    },
    MONITOR_RESTARTED {
      @Override
      void happen(HostLifeTest host) throws Exception {
        host.restart("monitor.yaml");
      }
    };

    abstract void happen(HostLifeTest host) throws Exception;
  }

  private static Object inode(Path file) throws IOException {
    return Files.getAttribute(file, "unix:ino");
  }

  private void restart(String configuration) throws Exception {
    long before = running.pidNow(configuration);
    Distribution.signal("TERM", before);
    await("another " + configuration, () -> isRunning(configuration, before));
  }

  private boolean isRunning(String configuration, long before) throws IOException {
    try {
      return running.pidNow(configuration) != before;
    } catch (AssertionError e) {
      // Between two starts.
      return false;
    }
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.call()) {
      assertThat(Instant.now()).as(what + "\n" + said()).isBefore(end);
      Thread.sleep(50);
    }
  }

  private String said() throws IOException {
    StringBuilder said = new StringBuilder();
    try (Stream<Path> logs = Files.list(folder.resolve("counterfoil-data/logs"))) {
      for (Path log : logs.toList()) {
        String text = Files.readString(log);
        said.append(log).append(":\n").append(text.substring(Math.max(0, text.length() - 2_000)));
      }
    }
    return said.append(Files.readString(folder.resolve("up.err"))).toString();
  }

  /** A token is issued, each socket serves a new connection, and health finds nothing. */
  private void allServe(String after) throws Exception {
    await("a token after " + after, demo::isServed);
    for (String socket :
        List.of(
            "signer/service.sock",
            "signer/admin.sock",
            "registrar/service.sock",
            "registrar/admin.sock")) {
      await(socket + " serves after " + after, () -> answersAnew(domain.resolve(socket)));
    }
    await(
        "authority/admin.sock serves after " + after,
        () -> connectsAnew(domain.resolve("authority/admin.sock")));
    await("monitor after " + after, this::monitorAnswers);
  }

  private static boolean answersAnew(Path socket) throws Exception {
    try {
      Duration within = Duration.ofSeconds(5);
      return SignerClient.askAnew(socket, Commands.status(), within, within) instanceof Answer.Done;
    } catch (SignerUnavailableException e) {
      return false;
    }
  }

  /** It takes other commands than these, and says so. */
  private static boolean connectsAnew(Path socket) throws Exception {
    try {
      Duration within = Duration.ofSeconds(5);
      SignerClient.askAnew(socket, Commands.status(), within, within);
      return true;
    } catch (SignerUnavailableException e) {
      return false;
    }
  }

  private boolean monitorAnswers() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(
          UnixDomainSocketAddress.of(folder.resolve("counterfoil-data/monitor/admin.sock")));
      channel.write(ByteBuffer.wrap("{\"ask\":\"status\"}\n".getBytes(StandardCharsets.UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
      while (channel.read(answer) >= 0 && answer.hasRemaining()) {
        // To its end.
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8)
          .contains("{\"end\":true}");
    } catch (IOException e) {
      return false;
    }
  }

  private JsonObject health() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(demo.issuer() + "/health/ready")).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      return StrictJson.object(answer.body(), 1 << 20);
    }
  }

  /** The running signer has other keys made, by a program that it starts. */
  private void keysAreMade() throws Exception {
    Duration within = Duration.ofSeconds(30);
    assertThat(
            SignerClient.askAnew(
                domain.resolve("signer/admin.sock"),
                Commands.succeed(Instant.now().plus(Duration.ofDays(2))),
                within,
                within))
        .isInstanceOf(Answer.Done.class);
    Path keys = domain.resolve("signer/g2/keys");
    await("keys are made", () -> Files.isDirectory(keys) && isNotEmpty(keys));
  }

  private static boolean isNotEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(".sealed"));
    }
  }

  private void theftIsContained() throws Exception {
    assertThat(health().truth("ready")).isTrue();
    Result doctor = Distribution.run(folder, "signer", "doctor", "--json");
    assertThat(doctor.json().objects("processes"))
        .hasSize(2)
        .allSatisfy(process -> assertThat(process.truth("answered")).isTrue());
    Result contained = Distribution.run(folder, "compromise", "s1", "--json", "--yes");
    assertThat(contained.exitCode()).as(contained.out() + contained.err() + said()).isZero();
    allServe("compromise");
  }

  /** Those without which every later start, and every later connection, was refused. */
  @Test
  void aTheftIsContainedAfterUsersAndPackagesChanged() throws Exception {
    for (Event event :
        List.of(
            Event.USER_ADDED,
            Event.SHELL_CHANGED,
            Event.PACKAGES_UPGRADED,
            Event.TIME_ZONE_CHANGED,
            Event.AUTHORITY_RESTARTED)) {
      event.happen(this);
      allServe(event.name());
    }
    keysAreMade();
    theftIsContained();
  }

  @Test
  @Tag("full")
  void aTheftIsContainedAfterAnythingInAnyOrder() throws Exception {
    List<Event> events = new ArrayList<>(List.of(Event.values()));
    Random random = new Random(SEED);
    for (int round = 0; round < 3; round++) {
      Collections.shuffle(events, random);
      for (Event event : events) {
        if (round > 0 && (event == Event.USER_ADDED || event == Event.DISK_REMOUNTED)) {
          continue;
        }
        event.happen(this);
        allServe(event + " in round " + round + " of seed " + SEED);
      }
    }
    keysAreMade();
    theftIsContained();
  }
}
