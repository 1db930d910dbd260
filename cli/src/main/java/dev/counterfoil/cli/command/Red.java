package dev.counterfoil.cli.command;

import picocli.CommandLine.Help.Ansi;

/** What must not be overlooked: in red on a terminal that has colours, else between marks. */
public final class Red {
  private Red() {}

  public static String text(String text) {
    return Ansi.AUTO.enabled()
        ? Ansi.AUTO.string("@|bold,red " + text + "|@")
        : "!! " + text + " !!";
  }
}
