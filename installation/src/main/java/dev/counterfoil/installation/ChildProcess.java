package dev.counterfoil.installation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One process of the installation, started again when it ends. It dies with this one: its
 * parent-death signal is set, and since the kernel ties that signal to the thread that started the
 * process, each child has a keeper thread that lives as long as it.
 */
public final class ChildProcess implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ChildProcess.class.getName());
  private static final Duration RESTART_FIRST = Duration.ofMillis(100);
  private static final Duration RESTART_MAX = Duration.ofSeconds(5);
  private static final Duration STEADY = Duration.ofSeconds(10);
  private static final Duration STOP_GRACE = Duration.ofSeconds(15);

  /** A start that is recorded is written down at its end, which takes long on a busy machine. */
  private static final Duration RECORDED_STOP_GRACE = Duration.ofMinutes(3);

  /** The code for a signer that has sealed its log: its next start makes another one. */
  private static final int REPLACED = 75;

  /**
   * The code for a log that is not the one that others hold: started again it would end or wait,
   * and the operator is to hear of it.
   */
  private static final int CONTRADICTED = 76;

  /** The code for a key, passphrase or PIN that is refused. A token counts wrong PINs. */
  private static final int KEY_UNUSABLE = 77;

  private static final Duration LOOK_WHETHER_GONE = Duration.ofSeconds(2);
  private static final Duration LOOK_WHETHER_BACK = Duration.ofMillis(500);

  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final Path NICE = Path.of("/usr/bin/nice");
  private static final Path RENICE = Path.of("/usr/bin/renice");

  private final String name;
  private final Supplier<List<String>> command;
  private final Path folder;
  private final Path output;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread keeper;
  private volatile boolean stopping;
  private volatile @Nullable Path obstacle;
  private volatile String remedy = "";
  private volatile boolean needsAPerson;

  /** Why it could not be started last; the keeper's own. */
  private String cannotStart = "";

  private volatile @Nullable Process process;
  private final AtomicInteger starts = new AtomicInteger();
  private volatile int nice;

  /** Held by whoever starts it, and by whoever wants it not to be started. */
  private final Semaphore starting = new Semaphore(1);

  private ChildProcess(String name, Supplier<List<String>> command, Path folder, Path output) {
    this.name = name;
    this.command = command;
    this.folder = folder;
    this.output = output;
    this.keeper = Thread.ofPlatform().name("keeper-" + name).unstarted(this::keep);
  }

  /**
   * Starts a process and keeps it running.
   *
   * @param name for people
   * @param command program and arguments; no secret may stand there
   * @param folder its working folder
   * @param output the file that takes what it prints
   */
  public static ChildProcess start(String name, List<String> command, Path folder, Path output) {
    return start(name, () -> command, folder, output);
  }

  /**
   * The same with a command that is asked for at each start: it may name files of the machine,
   * which come and go with packages.
   */
  static ChildProcess start(String name, Supplier<List<String>> command, Path folder, Path output) {
    ChildProcess child = new ChildProcess(name, command, folder, output);
    child.keeper.start();
    return child;
  }

  /**
   * Has it started again after the code for a contradicted log, once a file is gone that stands for
   * what is wrong.
   *
   * @param newRemedy what the person does
   */
  ChildProcess againWithout(Path newObstacle, String newRemedy) {
    obstacle = newObstacle;
    remedy = newRemedy;
    return this;
  }

  /** Why it stays down until a person did something, and what; empty when it does not. */
  Optional<String> needsAPerson() {
    return needsAPerson
        ? Optional.of(
            name
                + " stopped because its log is not the one that others hold, for example"
                + " because its disk was put back. Its output: "
                + output
                + (remedy.isEmpty() ? "" : ". " + remedy))
        : Optional.empty();
  }

  /** Whether it is known what a person does about it. */
  boolean hasRemedy() {
    return !remedy.isEmpty();
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** The file that takes what it prints. */
  public Path output() {
    return output;
  }

  /** How often it was started. */
  public int starts() {
    return starts.get();
  }

  /** Whether it ended for good: nobody starts it again. */
  boolean isOver() {
    return ended.getCount() == 0;
  }

  /** The process as it is now, or null between two starts. */
  public @Nullable Process process() {
    return process;
  }

  private void keep() {
    Duration wait = RESTART_FIRST;
    try {
      while (!stopping) {
        awaitFolder();
        long startedAt = System.nanoTime();
        Process started;
        try {
          started = startOnce();
        } catch (IOException e) {
          // Such as one whose folder went at this moment, or a machine without room for it.
          wait = min(wait.multipliedBy(2), RESTART_MAX);
          sayCannotStart(String.valueOf(e.getMessage()));
          Thread.sleep(wait);
          continue;
        }
        cannotStart = "";
        starts.incrementAndGet();
        if (stopping) {
          started.destroy();
        }
        int code = started.waitFor();
        process = null;
        if (stopping) {
          return;
        }
        if (code == KEY_UNUSABLE) {
          LOG.log(
              System.Logger.Level.ERROR,
              "{0} ended with code {1}: a key, passphrase or PIN cannot be used. It is"
                  + " not started again. Fix what it reports in {2}, then stop counterfoil"
                  + " up and start it again",
              name,
              code,
              output);
          return;
        }
        if (code == CONTRADICTED) {
          needsAPerson = true;
          LOG.log(
              System.Logger.Level.ERROR,
              "{0} ended with code {1} and is not started again. Its output: {2}",
              name,
              code,
              output);
          Path file = obstacle;
          if (file == null) {
            return;
          }
          do {
            Thread.sleep(LOOK_WHETHER_GONE);
          } while (Files.exists(file));
          needsAPerson = false;
          LOG.log(System.Logger.Level.INFO, "{0} starts again: {1} is gone", name, file);
          continue;
        }
        boolean steady = System.nanoTime() - startedAt > STEADY.toNanos();
        wait = steady ? RESTART_FIRST : min(wait.multipliedBy(2), RESTART_MAX);
        sayStartsAgain(code);
        Thread.sleep(wait);
      }
    } catch (InterruptedException e) {
      // close() cuts the wait between two starts short.
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  private Process startOnce() throws IOException, InterruptedException {
    starting.acquire();
    try {
      Process started =
          new ProcessBuilder(niced())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      process = started;
      return started;
    } finally {
      starting.release();
    }
  }

  /** Without its folder no process can start, whatever the kernel blames for it. */
  private void awaitFolder() throws InterruptedException {
    if (Files.isDirectory(folder)) {
      return;
    }
    LOG.log(
        System.Logger.Level.ERROR,
        "{0} cannot start, because its folder {1} is missing. If you put the folder"
            + " back, it starts again. If the folder is lost, stop counterfoil up and start"
            + " it again. That creates a new folder; a signer then begins with new keys and"
            + " another log",
        name,
        folder);
    while (!Files.isDirectory(folder)) {
      Thread.sleep(LOOK_WHETHER_BACK);
    }
    LOG.log(System.Logger.Level.INFO, "{0} starts again: its folder is back", name);
  }

  /** Once for one reason: it is tried again every few seconds. */
  private void sayCannotStart(String why) {
    if (!why.equals(cannotStart)) {
      cannotStart = why;
      LOG.log(System.Logger.Level.ERROR, "cannot start {0}, and tries again: {1}", name, why);
    }
  }

  private void sayStartsAgain(int code) {
    if (code == REPLACED) {
      LOG.log(
          System.Logger.Level.INFO,
          "{0} sealed its log and starts a new one (it was replaced, or a planned"
              + " successor takes over). Its output: {1}",
          name,
          output);
    } else {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} ended with code {1} and starts again. Its output: {2}",
          name,
          code,
          output);
    }
  }

  private List<String> niced() {
    List<String> words = new ArrayList<>();
    if (nice != 0 && NICE.toFile().canExecute()) {
      words.addAll(List.of(NICE.toString(), "-n", Integer.toString(nice), "--"));
    }
    if (SETPRIV.toFile().canExecute()) {
      words.addAll(List.of(SETPRIV.toString(), "--pdeathsig", "TERM", "--"));
    }
    words.addAll(StartCache.recheck(command.get()));
    return words;
  }

  /**
   * Lets others have the processor first from now on, also after another start. Where that cannot
   * be, everything goes on without it.
   *
   * @param niceness as of nice(1), 1 to 19
   */
  void yieldProcessor(int niceness) {
    nice = niceness;
    try {
      renice(niceness);
    } catch (IOException | UncheckedIOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} is niced at its next start alone: {1}", name, e);
    }
  }

  private void renice(int niceness) throws IOException {
    Process running = process;
    if (running == null || !RENICE.toFile().canExecute()) {
      return;
    }
    List<String> words =
        new ArrayList<>(List.of(RENICE.toString(), "-n", Integer.toString(niceness), "-p"));
    // Linux keeps it for each thread; a new thread has its maker's.
    try (Stream<Path> threads =
        Files.list(Path.of("/proc", Long.toString(running.pid()), "task"))) {
      threads.forEach(thread -> words.add(String.valueOf(thread.getFileName())));
    } catch (NoSuchFileException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0} has ended: its next start is niced", name);
      return;
    }
    new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** What happens to a process's files while it is down. */
  @FunctionalInterface
  public interface WhileDown {
    void run() throws IOException;
  }

  /**
   * Kills it as a power failure does, and has it started again after something was done to its
   * files.
   */
  public void crash(WhileDown meanwhile) throws IOException, InterruptedException {
    starting.acquire();
    try {
      Process running = process;
      if (running != null) {
        running.destroyForcibly().waitFor();
      }
      meanwhile.run();
    } finally {
      starting.release();
    }
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Asks it to end, and no more. */
  public void stop() {
    stopping = true;
    Process running = process;
    if (running != null) {
      running.destroy();
    } else {
      keeper.interrupt();
    }
  }

  /** Ends it: first politely, after fifteen seconds by force. */
  @Override
  public void close() {
    stop();
    try {
      Duration grace = Programs.areRecorded() ? RECORDED_STOP_GRACE : STOP_GRACE;
      if (!ended.await(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        Process running = process;
        if (running != null) {
          running.destroyForcibly();
        }
        ended.await(STOP_GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Process running = process;
      if (running != null) {
        running.destroyForcibly();
      }
      Thread.currentThread().interrupt();
    }
  }
}
