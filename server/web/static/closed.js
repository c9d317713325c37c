// What is closed by hand, said above every page: fetched anew when a page with live news hears that it is another now.

export const showClosures = async () => {
  try {
    const answer = await fetch("/closures/now", { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = answer.ok && page.getElementById("closed-now");
    if (found) document.getElementById("closed-now")?.replaceWith(document.adoptNode(found));
  } catch {
    // The page says itself that the connection is lost, and is fetched anew when it is there again.
  }
};
