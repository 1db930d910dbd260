package dev.counterfoil.hardening;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Which files a signer or registrar can reach, laid by {@code setpriv} before Java starts
 * (landlock(7)): laid from inside it would bind one thread and leave the others free. What the
 * process starts is bound too.
 */
public final class Landlock {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final int TRIED_WITHIN_SECONDS = 10;

  private static final String READ = "read-file,read-dir";
  private static final String READ_FILE = "read-file";
  private static final String EXECUTE = "read-file,execute";
  private static final String KEEP_FILES =
      "read-file,read-dir,write-file,truncate,refer,make-reg,make-dir,remove-file,remove-dir";
  private static final String OWN = KEEP_FILES + ",make-sock";
  private static final String SOCKETS = "read-dir,make-sock,remove-file";

  /** What Java and the C library read of the machine; a place that is not there is left out. */
  private static final List<Path> OF_THE_MACHINE =
      Stream.of(
              "/usr/lib",
              "/usr/lib64",
              "/lib",
              "/lib64",
              "/etc/ld.so.cache",
              "/etc/localtime",
              "/etc/timezone",
              "/usr/share/zoneinfo",
              // Users are looked up once, at the start: another file may be in the place of each of
              // these soon after, and that one is not allowed (UnixUsers).
              "/etc/passwd",
              "/etc/group",
              "/etc/nsswitch.conf",
              "/proc",
              "/sys/fs/cgroup",
              "/sys/devices/system",
              "/sys/kernel/mm",
              "/dev/random",
              "/dev/urandom",
              // Debian keeps the configuration of its Java runtimes here.
              "/etc/java-25-openjdk")
          .map(Path::of)
          .toList();

  /**
   * What the kernel needs to start a program that uses shared libraries: for the key maker, which
   * is started again and again.
   */
  private static final List<Path> LOADERS =
      List.of(Path.of("/lib64/ld-linux-x86-64.so.2"), Path.of("/lib/ld-linux-aarch64.so.1"));

  /**
   * Keeps memory out of cores, for what is started after it too (core(5)): behind the rules the
   * process could not write there.
   */
  private static final List<String> EMPTY_CORE =
      List.of("/bin/sh", "-c", "echo 0 >/proc/self/coredump_filter; exec \"$@\"", "sh");

  private static final Path NULL = Path.of("/dev/null");

  private Landlock() {}

  /**
   * What a start is made of.
   *
   * @param reach of the process
   * @param configurationFile where it was read
   * @param javaHome the Java runtime's folder
   * @param programFiles class path and caches
   * @param written folders beside the configured ones that it writes
   */
  public record Start(
      Reach reach,
      Path configurationFile,
      Path javaHome,
      List<Path> programFiles,
      List<Path> written) {
    public Start {
      programFiles = List.copyOf(programFiles);
      written = List.copyOf(written);
    }
  }

  /** The folder for what libraries unpack; the process has no other place for it. */
  public static Path temporary(Path folder) {
    return folder.resolve("tmp");
  }

  /**
   * Makes the folders that have to be there before the rules are laid, and drops what an earlier
   * start left in the temporary one.
   */
  public static void makeFolders(Reach reach) throws IOException {
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(reach.folder(), ownerOnly);
    Path temporary = Files.createDirectories(temporary(reach.folder()), ownerOnly);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(temporary)) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
    Files.createDirectories(reach.logFolder());
  }

  /**
   * The words that stand before {@code java}; none where the kernel or {@code setpriv} has no
   * Landlock, which the process then says of itself.
   */
  public static List<String> before(Start start) {
    if (!Usable.HERE) {
      return List.of();
    }
    List<String> words = new ArrayList<>(EMPTY_CORE);
    words.addAll(List.of(SETPRIV.toString(), "--no-new-privs", "--landlock-access", "fs"));
    rules(start)
        .forEach(
            (path, rights) -> {
              words.add("--landlock-rule");
              words.add("path-beneath:" + rights + ":" + path);
            });
    words.add("--");
    return List.copyOf(words);
  }

  /** Rights by path; every path is there. */
  static Map<Path, String> rules(Start start) {
    Reach reach = start.reach();
    Map<Path, String> rules = new LinkedHashMap<>();
    OF_THE_MACHINE.forEach(path -> add(rules, path, READ));
    add(rules, NULL, "read-file,write-file");
    LOADERS.forEach(path -> addFolderOf(rules, path, EXECUTE));
    add(rules, start.javaHome(), READ);
    addFolderOf(rules, start.javaHome().resolve("bin/java"), EXECUTE);
    addFolderOf(rules, start.javaHome().resolve("lib/jspawnhelper"), EXECUTE);
    start.programFiles().forEach(path -> add(rules, path, READ));
    add(rules, start.configurationFile(), READ_FILE);
    reach.secrets().forEach(file -> addFolderOf(rules, file, READ_FILE));
    reach.libraries().forEach(library -> add(rules, library, READ_FILE));
    reach.reads().forEach(path -> add(rules, path, READ));
    reach.writes().forEach(path -> add(rules, path, KEEP_FILES));
    reach
        .sockets()
        .forEach(socket -> add(rules, socket.resolveSibling("").toAbsolutePath(), SOCKETS));
    add(rules, reach.logFolder(), KEEP_FILES);
    start.written().forEach(folder -> add(rules, folder, KEEP_FILES));
    add(rules, reach.folder(), OWN);
    return rules;
  }

  /**
   * For what is read or started again later: a rule holds on to the file that has the path now, and
   * a package's upgrade, or an operator's mv, gives the path to another file. Starting what lies
   * beside the loader allows nothing that the loader itself could not start.
   */
  private static void addFolderOf(Map<Path, String> rules, Path path, String rights) {
    try {
      Path folder = path.toRealPath().getParent();
      if (folder != null) {
        add(rules, folder, rights);
      }
    } catch (IOException e) {
      // Not there on this machine, so there is nothing to allow.
      return;
    }
  }

  /** Adds to what a path has already; rights for folders are not for files. */
  private static void add(Map<Path, String> rules, Path path, String rights) {
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException e) {
      // Not there on this machine, so there is nothing to allow.
      return;
    }
    TreeSet<String> all = new TreeSet<>(List.of(rights.split(",")));
    if (!Files.isDirectory(real)) {
      all.retainAll(List.of("read-file", "write-file", "execute", "truncate"));
    }
    String before = rules.get(real);
    if (before != null) {
      all.addAll(List.of(before.split(",")));
    }
    rules.put(real, String.join(",", all));
  }

  /** Whether this machine can do it: tried once. */
  private static final class Usable {
    static final boolean HERE = tryIt();

    private static boolean tryIt() {
      if (!Files.isExecutable(SETPRIV)) {
        return false;
      }
      try {
        Process trial =
            new ProcessBuilder(
                    SETPRIV.toString(),
                    "--no-new-privs",
                    "--landlock-access",
                    "fs",
                    "--landlock-rule",
                    "path-beneath:read-file,read-dir,execute:/",
                    "--",
                    SETPRIV.toString(),
                    "--version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        boolean ended = trial.waitFor(TRIED_WITHIN_SECONDS, TimeUnit.SECONDS);
        trial.destroyForcibly();
        return ended && trial.exitValue() == 0;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
