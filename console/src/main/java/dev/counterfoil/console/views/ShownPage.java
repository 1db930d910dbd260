package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.pages.ConsolePage.Block;
import java.util.List;

/**
 * What stands at an address.
 *
 * @param title of the page
 * @param json all that the page shows
 * @param blocks of the page
 */
public record ShownPage(String title, JsonObject json, List<Block> blocks) {
  public ShownPage {
    blocks = List.copyOf(blocks);
  }
}
