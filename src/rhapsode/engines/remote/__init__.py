"""What engines share that speak on other machines: how those are asked, how often, and what it has cost."""
