document.body.textContent = 'CloudToLocalLLM'
