package dev.counterfoil.installation;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.hardening.Landlock;
import dev.counterfoil.hardening.Reach;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How the processes of an installation are run: which Java, which class path, which flags.
 *
 * @param java the Java 25 runtime
 * @param classPath of all modules
 * @param signerMainClasses main classes other than the product's, by domain: for drills, whose
 *     thief brings custody of his own
 */
public record Programs(Path java, String classPath, Map<String, List<String>> signerMainClasses) {
  private static final System.Logger LOG = System.getLogger(Programs.class.getName());

  /** Much of a start's processor time would go into compiling what runs a few hundred times. */
  private static final String COMPILE_LATE = "-XX:CompileThresholdScaling=10";

  /**
   * For what every token passes. The methods in which a thread is for as long as it lives, or a
   * connection does, are called once, and those that are called once for a batch seldom: above this
   * they are in the interpreter, or in code that still counts, for minutes of load, and each token
   * costs more processor time (docs/decisions/start-cache.md has the figures).
   */
  private static final String COMPILE_SOONER = "-XX:CompileThresholdScaling=3";

  private static final List<String> SIGNER_FLAGS = with(heap(6, 2, 16, 96), COMPILE_SOONER);

  private static final String RECORD_STARTS = "counterfoil.start-cache.record";
  private static final String REGISTRAR = "dev.counterfoil.registrar.RegistrarMain";
  private static final String SIGNER = "dev.counterfoil.signer.SignerMain";
  private static final String AUTHORITY = "dev.counterfoil.authority.AuthorityMain";
  private static final String DISCLOSURE = "dev.counterfoil.disclosure.desk.DisclosureMain";
  private static final String RESPONSE = "dev.counterfoil.response.ResponseMain";
  private static final String MONITOR = "dev.counterfoil.monitor.MonitorMain";

  /** By its name alone: nothing here uses the module. */
  private static final String CONSOLE = "dev.counterfoil.console.ConsoleMain";

  /**
   * Heaps have sizes of their own. Left to the runtime they depend on the machine's memory, and a
   * process that stands idle fills all of a young generation before the first collection, and keeps
   * it. {@link dev.counterfoil.configuration.IdleHeap} changes them between idle and working by the
   * last two flags (docs/decisions/idle-memory.md).
   *
   * @param first MiB at the start, of which the old generation's part stays
   * @param young MiB of the young generation at least, when idle
   * @param youngMax the same when working
   * @param max MiB in all
   */
  private static List<String> heap(int first, int young, int youngMax, int max) {
    return List.of(
        "-Xms" + first + "m",
        "-XX:NewSize=" + young + "m",
        "-XX:MaxNewSize=" + youngMax + "m",
        "-Xmx" + max + "m",
        "-XX:NewRatio=3",
        "-XX:-ShrinkHeapInSteps");
  }

  private static List<String> with(List<String> flags, String... more) {
    return Stream.concat(flags.stream(), Stream.of(more)).toList();
  }

  public Programs {
    signerMainClasses = Map.copyOf(signerMainClasses);
  }

  /** The same Java, class path and distribution as this process. */
  public static Programs ofThisProcess() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String home = System.getProperty("counterfoil.home");
    String classPath =
        home == null ? System.getProperty("java.class.path") : Path.of(home, "lib") + "/*";
    return new Programs(java, classPath, Map.of());
  }

  /**
   * The same with another program in a domain's signer, which is among the tools.
   *
   * @param mainClass and its arguments before {@code --config}
   */
  public Programs withSigner(String domain, List<String> mainClass) {
    String home = System.getProperty("counterfoil.home");
    String tools =
        home == null ? "" : File.pathSeparator + Path.of(home, "tools", "lib").resolve("*");
    return new Programs(java, classPath + tools, Map.of(domain, mainClass));
  }

  /**
   * The command of a registrar: bound by Landlock where there is one, with flags that keep others
   * out of its memory.
   */
  public List<String> registrar(Path configuration) {
    return confined(
        "registrar",
        REGISTRAR,
        RegistrarConfiguration.class,
        with(heap(6, 2, 5, 64), "-XX:TieredStopAtLevel=1", COMPILE_LATE),
        configuration);
  }

  /** The command of a signer: as a registrar's. */
  public List<String> signer(Path configuration) {
    return confined("signer", SIGNER, SignerConfiguration.class, SIGNER_FLAGS, configuration);
  }

  /** The command of a domain's signer, which may be a drill's. */
  List<String> signer(String domain, Path configuration) {
    List<String> drill = signerMainClasses.get(domain);
    // A drill's custody keeps its loot where it likes.
    return drill == null
        ? signer(configuration)
        : command(
            "signer", with(SIGNER_FLAGS, "-XX:+DisableAttachMechanism"), drill, configuration);
  }

  private List<String> confined(
      String name, String mainClass, Class<? extends Record> type, List<String> flags, Path file) {
    List<String> words = new ArrayList<>();
    List<String> all = new ArrayList<>(flags);
    all.addAll(List.of("-XX:+DisableAttachMechanism", "-XX:-UsePerfData"));
    try {
      Reach reach = ((KeyProgramConfiguration) Configuration.read(file, type)).reach();
      Landlock.makeFolders(reach);
      all.add("-XX:ErrorFile=" + reach.folder().resolve("hs_err_%p.log"));
      all.add("-Djava.io.tmpdir=" + Landlock.temporary(reach.folder()));
      words.addAll(
          Landlock.before(new Landlock.Start(reach, file, javaHome(), programFiles(), written())));
    } catch (ConfigurationException | IOException e) {
      // The process reads the same and says it: there is one place for what is wrong with a file.
      LOG.log(System.Logger.Level.DEBUG, "no rules for {0}: {1}", name, e.getMessage());
    }
    words.addAll(command(name, all, List.of(mainClass), file));
    return words;
  }

  private Path javaHome() {
    return java.resolve("../..").normalize();
  }

  private List<Path> programFiles() {
    String home = System.getProperty("counterfoil.home");
    return home != null
        ? List.of(Path.of(home))
        : Stream.of(classPath.split(File.pathSeparator)).map(Path::of).toList();
  }

  /** Whether the build records these starts. */
  static boolean areRecorded() {
    return System.getProperty(RECORD_STARTS) != null;
  }

  /** Where the build's recording of a start goes. */
  private static List<Path> written() {
    String record = System.getProperty(RECORD_STARTS);
    return record == null ? List.of() : List.of(Path.of(record));
  }

  /** The command of an authority. */
  public List<String> authority(Path configuration) {
    return command(
        "authority", with(heap(12, 4, 32, 512), COMPILE_SOONER), List.of(AUTHORITY), configuration);
  }

  /** The command of a monitor. */
  public List<String> monitor(Path configuration) {
    return command(
        "monitor", with(heap(12, 4, 24, 512), COMPILE_SOONER), List.of(MONITOR), configuration);
  }

  /** The command of a console: small, and idle most of the time. */
  public List<String> console(Path configuration) {
    return command(
        "console", with(heap(8, 2, 8, 128), COMPILE_LATE), List.of(CONSOLE), configuration);
  }

  /** The command of a disclosure process. */
  public List<String> disclosure(Path configuration) {
    return command(
        "disclosure",
        with(heap(8, 2, 8, 256), "-XX:TieredStopAtLevel=1", COMPILE_LATE),
        List.of(DISCLOSURE),
        configuration);
  }

  /** The command of a response process. */
  public List<String> response(Path configuration) {
    return command(
        "response",
        with(heap(8, 2, 8, 128), "-XX:TieredStopAtLevel=1", COMPILE_LATE),
        List.of(RESPONSE),
        configuration);
  }

  private List<String> command(
      String name, List<String> flags, List<String> mainClass, Path configuration) {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(flags);
    command.addAll(startCache(name));
    command.addAll(nativeLibraries());
    // One collector thread: two cores are shared by all processes, and heaps are small.
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            // Compilers work most during a start, and glibc keeps what they free.
            "-XX:TrimNativeHeapInterval=30000",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djdk.httpclient.HttpClient.log=none"));
    command.addAll(List.of("-cp", classPath));
    command.addAll(mainClass);
    command.addAll(List.of("--config", configuration.toString()));
    return command;
  }

  /** Where a distribution has its native libraries; others unpack theirs at every start. */
  private static List<String> nativeLibraries() {
    String home = System.getProperty("counterfoil.home");
    if (home == null) {
      return List.of();
    }
    Path libraries = Path.of(home, "native");
    return List.of(
        "-Djava.library.path=" + libraries,
        "-Dcom.amazon.corretto.crypto.provider.useExternalLib=true",
        "-Dorg.sqlite.lib.path=" + libraries);
  }

  private static List<String> startCache(String name) {
    String record = System.getProperty(RECORD_STARTS);
    return record != null
        ? List.of(
            "-XX:AOTMode=record", "-XX:AOTConfiguration=" + Path.of(record, name + ".aotconf"))
        : StartCache.ofThisProcess().map(cache -> cache.flags(name)).orElse(List.of());
  }

  /**
   * What a signer's process is called, and so its output: after the domain, and a spare after its
   * own name, too, behind a dot, which no domain's name has.
   */
  public static String signerProcess(String domain, String signer) {
    return "signer-" + domain + (signer.equals(SignerName.FIRST) ? "" : "." + signer);
  }
}
