package dev.counterfoil.signer;

import java.util.ArrayList;
import java.util.List;

/** Loaded into a process by its tools: takes memory until there is none. */
public final class OutOfMemoryAgent {
  private static final int PIECE = 1 << 20;

  private OutOfMemoryAgent() {}

  /** Runs when the agent is loaded. */
  public static void agentmain(String arguments) {
    Thread.ofPlatform().daemon().name("out-of-memory").start(OutOfMemoryAgent::take);
  }

  private static void take() {
    List<byte[]> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(new byte[PIECE]);
      }
    } catch (OutOfMemoryError e) {
      // The runtime has written its heap; everything is given back.
      System.getLogger("out-of-memory").log(System.Logger.Level.DEBUG, "after {0}", taken.size());
    }
  }
}
